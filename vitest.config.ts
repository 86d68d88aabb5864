import { defineConfig } from 'vitest/config';

/**
 * Three tiers. `unit` needs nothing but npm. The others need the lab: `zfs` runs on its ZFS side
 * (`lab/lab zfs`), `ceph` where the cluster is (`lab/lab ceph`), `e2e` on the machine, and drives both.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,test,scripts,bench}/**/*.test.ts'],
          exclude: ['test/{zfs,ceph,e2e}/**'],
        },
      },
      lab('ceph', 120_000),
      lab('zfs', 120_000),
      lab('e2e', 1_800_000),
    ],
  },
});

/** Tests of one side of the lab share it, so they run one file after the other. */
function lab(name: string, testTimeout: number) {
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
