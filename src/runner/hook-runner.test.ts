import { expect, it, vi } from 'vitest';
import { createGrace } from '../lib/grace.ts';
import { createHookRunner } from './hook-runner.ts';

const ORDER = { command: ['/bin/sh', '-c', 'sleep 1; env'], env: {}, timeoutMs: 30_000 };

it('lets the grace of a run pass while a hook goes on that ends with it, and else not', async () => {
  const overs = [vi.fn(), vi.fn()];
  const [, after] = await Promise.all(
    [new AbortController().signal, null].map(async (signal, index) => {
      const grace = createGrace(200);
      const running = createHookRunner(grace, process.env).run({ ...ORDER, signal });
      grace.begin(() => overs[index]?.());
      await running;
      return overs[index]?.mock.calls.length;
    }),
  );
  expect(overs[0]).toHaveBeenCalledTimes(1);
  expect(after).toBe(0);
  await expect.poll(() => overs[1]?.mock.calls.length).toBe(1);
});

it('hands its environment down, but for what hooks above it were told', async () => {
  const inherited = { PATH: '/bin:/usr/bin', CEPH2ZFS_CONFIG: '/c', CEPH2ZFS_ERROR: 'old' };
  const { output } = await createHookRunner(createGrace(1000), inherited).run({
    ...ORDER,
    env: { CEPH2ZFS_HOOK: 'after' },
    signal: null,
  });
  expect(output).toContain('CEPH2ZFS_CONFIG=/c');
  expect(output).toContain('CEPH2ZFS_HOOK=after');
  expect(output).not.toContain('CEPH2ZFS_ERROR');
});
