import { describe, expect, it } from 'vitest';
import { filesystemContext } from '../../../test/support/filesystem-context.ts';
import { ErrnoError, errno } from '../../native/errno.ts';
import type { DirectoryContext } from './context.ts';
import { createSnapshot } from './create-snapshot.ts';

const never = new AbortController().signal;
const TIMEOUT_MS = 50;

/** An MDS that keeps the snapshots of one directory, and answers some requests late or never. */
function world(delays: readonly number[]) {
  const snapshots: string[] = [];
  let requests = 0;
  const answers: Record<string, (...args: never[]) => unknown> = {
    findInode: () => ({ ino: 1n, kind: 'directory' }),
    findSnapshots: () =>
      snapshots.map((name, id) => ({ name, id: BigInt(id), ino: 1n, madeAt: '7.000000000' })),
    makeSnapshot: async (_mount: bigint, _path: string, name: string) => {
      await new Promise((resolve) => setTimeout(resolve, delays[requests++] ?? 0));
      if (snapshots.includes(name)) throw new ErrnoError('ceph_mksnap', errno('EEXIST'));
      snapshots.push(name);
    },
  };
  const context: DirectoryContext = {
    filesystem: filesystemContext((method, ...args) => answers[method]?.(...args), TIMEOUT_MS),
    name: '/d',
    identity: { kind: 'cephfs', cluster: 'c', filesystem: '1', inode: '1' },
  };
  return { context, snapshots, requests: () => requests };
}

describe('making a snapshot', () => {
  it('asks once when the answer comes', async () => {
    const { context, requests } = world([]);
    expect(await createSnapshot(context, 's', never)).toEqual({
      name: 's',
      id: '0',
      takenAt: 7000,
    });
    expect(requests()).toBe(1);
  });

  it('fails when the name is taken', async () => {
    const { context, snapshots, requests } = world([]);
    snapshots.push('s');
    await expect(createSnapshot(context, 's', never)).rejects.toMatchObject({
      code: 'snapshot-exists',
    });
    expect(requests()).toBe(0);
  });

  it('finds what was made after the time was over, and does not take it for that of others', async () => {
    const { context, snapshots } = world([1.5 * TIMEOUT_MS, 2 * TIMEOUT_MS]);
    expect(await createSnapshot(context, 's', never)).toMatchObject({ name: 's' });
    expect(snapshots).toEqual(['s']);
    await context.filesystem.operations.settle();
  });

  it('tells the operator that nobody answers', async () => {
    const { context } = world([10 * TIMEOUT_MS, 10 * TIMEOUT_MS]);
    await expect(createSnapshot(context, 's', never)).rejects.toMatchObject({
      code: 'snapshot-stalled',
      retry: 'backoff',
      hint: expect.stringContaining('ceph fs status'),
    });
  });

  it('ends at once at an abort', async () => {
    const { context } = world([10 * TIMEOUT_MS]);
    const signal = AbortSignal.timeout(10);
    await expect(createSnapshot(context, 's', signal)).rejects.toThrow('aborted due to timeout');
  });
});
