import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { filesystemContext } from '../../../test/support/filesystem-context.ts';
import { listBatches } from './listing.ts';
import { Nudge } from './nudge.ts';
import type { ListedBatch } from './worker-entries.ts';

it('hands out no entries before they may come', async () => {
  const batch = (count: number, next: bigint | null): ListedBatch => ({
    count,
    bytes: new Uint8Array(count),
    next,
  });
  const batches = [batch(512, 1n), batch(7, null)];
  const filesystem = filesystemContext(() => batches.shift());
  const identity = { kind: 'cephfs', cluster: 'c', filesystem: '1', inode: '2' } as const;
  const path = Buffer.from('a\0');
  const happened: string[] = [];
  const listing = {
    call: filesystem.call,
    handle: 1n,
    operations: filesystem.operations,
    path,
    nudge: new Nudge({ filesystem, name: '/home', identity }, path),
    pace: async (entries: number) => {
      await setImmediate();
      happened.push(`${entries} may come`);
    },
  };
  for await (const { count } of listBatches(listing, (work) => work())) {
    happened.push(`${count} came`);
  }
  expect(happened).toEqual(['512 may come', '512 came', '7 may come', '7 came']);
});
