import { expect, it, vi } from 'vitest';
import type { TreeOrder } from '../../../core/tree.ts';
import type { BufferPool } from '../../../lib/buffer-pool.ts';
import { createTreeWriter, type Mounted } from './writer.ts';

const steps = vi.hoisted((): string[] => []);

vi.mock('../../../lib/worker-pool.ts', () => ({
  createWorkerPool: () => ({
    [Symbol.asyncDispose]() {
      steps.push('threads');
      return Promise.reject(new Error('the threads do not end'));
    },
  }),
}));

it('lets the filesystem rest also when something before that fails', async () => {
  const mounted: Mounted = {
    dataset: 'tank/a',
    root: -1,
    recordSize: 4096,
    rest: () => {
      steps.push('rest');
      return Promise.resolve();
    },
    takeSnapshot: () => Promise.reject(new Error('nothing is committed')),
  };
  const order: TreeOrder = {
    source: '/a',
    identity: { kind: 'cephfs', cluster: 'f', filesystem: '1', inode: '1' },
    snapshot: { name: 's', id: '1', takenAt: 1 },
    base: null,
    resume: false,
    youngSince: 0n,
    description: {},
    size: 0,
  };
  const pool = {} as BufferPool;
  const writer = createTreeWriter({ order, mounted, isUntouched: true, pool, threads: 1 });
  await expect(writer[Symbol.asyncDispose]()).rejects.toThrow('the threads do not end');
  expect(steps).toEqual(['threads', 'rest']);
});
