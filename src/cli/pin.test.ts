import { describe, expect, it } from 'vitest';
import type { ListedDataset } from '../core/backup-list.ts';
import { findSnapshot } from './pin.ts';

function listed(dataset: string, source: string, ...names: readonly string[]): ListedDataset {
  const facts = { createdAt: 0, sourceSize: 0, written: 0, referenced: 0, base: null, skipped: 0 };
  const snapshots = names.map((name) => ({ name, held: false, ...facts }));
  const image = { kind: 'rbd', filesystem: null, source, group: null } as const;
  return { ...image, dataset, used: 0, unfinished: null, snapshots };
}

const DATASETS = [
  listed('tank/rbd/rbd/vm', 'rbd/vm', 's1', 's2'),
  listed('tank/rbd/rbd/vm::2', 'rbd/vm', 's2', 's3'),
];

describe('the snapshot that is meant', () => {
  it('is found by its source or its dataset', () => {
    expect(findSnapshot(DATASETS, 'rbd/vm@s1')).toBe('tank/rbd/rbd/vm@s1');
    expect(findSnapshot(DATASETS, 'rbd/vm@s3')).toBe('tank/rbd/rbd/vm::2@s3');
    expect(findSnapshot(DATASETS, 'tank/rbd/rbd/vm@s2')).toBe('tank/rbd/rbd/vm@s2');
  });

  it('must be the only one', () => {
    expect(() => findSnapshot(DATASETS, 'rbd/vm@s2')).toThrow(
      'rbd/vm@s2 is in tank/rbd/rbd/vm and in tank/rbd/rbd/vm::2',
    );
  });

  it('is pinned at the sink, if it is not here and jobs push to one', () => {
    const sinks = ['https://backup:8470'];
    expect(findSnapshot(DATASETS, 'rbd/vm@s1', sinks)).toBe('tank/rbd/rbd/vm@s1');
    expect(() => findSnapshot(DATASETS, 'rbd/other@s1', sinks)).toThrow(
      expect.objectContaining({
        code: 'pin-at-sink',
        message: expect.stringContaining('pinned where it is: at https://backup:8470'),
        hint: expect.stringContaining('on the machine of the sink'),
      }),
    );
  });

  it.each([
    ['rbd/vm@s9', 'there is no backup "s9" of rbd/vm'],
    ['rbd/other@s1', 'there are no backups of "rbd/other"'],
    ['s1', 'there are no backups of ""'],
  ])('%s is none', (wanted, message) => {
    expect(() => findSnapshot(DATASETS, wanted)).toThrow(message);
  });
});
