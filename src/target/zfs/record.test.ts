import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitRecord } from '../../core/target.ts';
import {
  checkpointProperties,
  commitProperties,
  datasetProperties,
  PROPERTY_NAMES,
  readIdentity,
  readSnapshot,
} from './record.ts';

function commit(rest: Partial<CommitRecord> = {}): CommitRecord {
  return {
    source: 'rbd/vm',
    identity: { kind: 'rbd', cluster: 'f', pool: '3', image: 'abc' },
    snapshot: { name: 'c2z_2026-11-23T14:00:00Z', id: '18446744073709551615' },
    size: 5,
    base: 'older',
    description: { features: ['layering'], metadata: {} },
    scan: null,
    ...rest,
  };
}

const TREE = {
  source: '/volumes/a',
  identity: { kind: 'cephfs', cluster: 'f', filesystem: '1', inode: '1099511627776' },
  scan: { takenAt: 1_795_000_000_000, fullAt: 1_794_000_000_000, skipped: 2 },
} as const;

function read(properties: Readonly<Record<string, string>>) {
  return readSnapshot('s', new Map(Object.entries(properties)));
}

describe('records in ZFS properties', () => {
  it('come back as they were given, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.dictionary(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'binary', maxLength: 3000 }),
        ),
        (text, metadata) => {
          const source = Buffer.from(text).toString('utf8');
          const description = { metadata: { ...metadata } };
          const properties = commitProperties(commit({ source, description }));
          for (const [name, value] of Object.entries(properties)) {
            expect(PROPERTY_NAMES.split(',')).toContain(name);
            expect(value).toMatch(/^[\x20-\x7e]{1,8191}$/);
          }
          const result = read(properties);
          expect(result?.kind === 'commit' && result.record).toMatchObject({
            source,
            base: 'older',
          });
          expect(JSON.stringify(result?.kind === 'commit' && result.record.description)).toBe(
            JSON.stringify(description),
          );
        },
      ),
    );
  });

  it('cut a long description into parts that fit, and refuse one that never fits', () => {
    const long = { note: '%'.repeat(9_000) };
    const properties = commitProperties(commit({ description: long }));
    expect(Object.keys(properties)).toContain('ceph2zfs:image.7');
    const result = read(properties);
    expect(result?.kind === 'commit' && result.record.description).toEqual(long);
    expect(() => commitProperties(commit({ description: { note: 'x'.repeat(100_000) } }))).toThrow(
      /fit in ZFS properties/,
    );
  });

  it('tell checkpoints from commits, and neither from strangers', () => {
    expect(read(checkpointProperties(commit(), 5, 4096))).toEqual({
      kind: 'checkpoint',
      checkpoint: { name: 's', snapshotId: '18446744073709551615', base: 'older', offset: 4096 },
    });
    expect(read({})).toBeNull();
    expect(read(datasetProperties('rbd/vm', commit().identity))).toBeNull();
    const broken = { ...checkpointProperties(commit(), 5, 0), 'ceph2zfs:offset': 'soon' };
    expect(read(broken)).toBeNull();
  });

  it('tell of a tree who it is and how it was scanned', () => {
    const result = read(commitProperties(commit(TREE)));
    expect(result?.kind === 'commit' && result.record).toEqual(commit(TREE));
    const properties = new Map(Object.entries(datasetProperties(TREE.source, TREE.identity)));
    expect(readIdentity(properties)).toEqual(TREE.identity);
    properties.delete('ceph2zfs:inode');
    expect(readIdentity(properties)).toBeNull();
  });

  it.each([2 ** 53, 2 ** 64 - 4096])('know a tree of %d bytes for a commit', (size) => {
    const result = read(commitProperties(commit({ ...TREE, size })));
    const expected = commit({ ...TREE, size: Number.MAX_SAFE_INTEGER });
    expect(result).toEqual({ kind: 'commit', record: expected });
    expect(read(commitProperties(commit({ size })))).toBeNull();
  });

  it('know a tree for a commit also when its size is damaged, and an image not', () => {
    const damaged = { 'ceph2zfs:size': 'large' };
    const tree = read({ ...commitProperties(commit(TREE)), ...damaged });
    expect(tree).toEqual({ kind: 'commit', record: commit({ ...TREE, size: 0 }) });
    expect(read({ ...commitProperties(commit()), ...damaged })).toBeNull();
  });

  it('take a damaged record of a scan for none, and go on', () => {
    const damaged = { ...commitProperties(commit(TREE)), 'ceph2zfs:skipped': 'few' };
    const result = read(damaged);
    expect(result?.kind === 'commit' && result.record).toEqual(commit({ ...TREE, scan: null }));
  });

  it('name the source of a dataset only when all of it is there', () => {
    const properties = new Map(Object.entries(datasetProperties('rbd/vm', commit().identity)));
    expect(readIdentity(properties)).toEqual(commit().identity);
    properties.delete('ceph2zfs:image-id');
    expect(readIdentity(properties)).toBeNull();
  });
});
