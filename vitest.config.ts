import { defineConfig } from 'vitest/config';

/**
 * Five tiers. `unit` needs nothing but npm. The others need the lab: `zfs` runs on its ZFS side
 * (`lab/lab zfs`), `ceph` where the cluster is (`lab/lab ceph`), `e2e` on the machine, and drives both. `package` builds the
 * Debian package and installs it in a root of its own; it needs root, and no lab.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,test,scripts,bench}/**/*.test.ts'],
          exclude: ['test/{zfs,ceph,e2e,package}/**'],
          // A machine that has other things to do is slow, and not wrong.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      inOrder('ceph', 120_000),
      inOrder('zfs', 120_000),
      inOrder('e2e', process.env['LONG_TESTS'] === undefined ? 1_800_000 : 7_200_000),
      inOrder('package', 120_000),
    ],
  },
});

/** Tests that share a side of the lab, or the machine: they run one file after the other. */
function inOrder(name: string, testTimeout: number) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      fileParallelism: false,
      testTimeout,
      hookTimeout: testTimeout,
    },
  };
}
