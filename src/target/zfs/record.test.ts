import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransferOrder } from '../../core/target.ts';
import {
  checkpointProperties,
  commitProperties,
  datasetProperties,
  PROPERTY_NAMES,
  readIdentity,
  readSnapshot,
} from './record.ts';

function order(rest: Partial<TransferOrder> = {}): TransferOrder {
  return {
    source: 'rbd/vm',
    identity: { kind: 'rbd', cluster: 'f', pool: '3', image: 'abc' },
    snapshot: {
      name: 'c2z_2026-11-23T14:00:00Z',
      id: '18446744073709551615',
      size: 5,
      isProtected: false,
    },
    base: 'older',
    checkpoint: null,
    description: { features: ['layering'], metadata: {} },
    compare: false,
    ...rest,
  };
}

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
          const properties = commitProperties(order({ source, description }));
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
    const properties = commitProperties(order({ description: long }));
    expect(Object.keys(properties)).toContain('ceph2zfs:image.7');
    const result = read(properties);
    expect(result?.kind === 'commit' && result.record.description).toEqual(long);
    expect(() => commitProperties(order({ description: { note: 'x'.repeat(100_000) } }))).toThrow(
      /fit in ZFS properties/,
    );
  });

  it('tell checkpoints from commits, and neither from strangers', () => {
    expect(read(checkpointProperties(order(), 4096))).toEqual({
      kind: 'checkpoint',
      checkpoint: { name: 's', snapshotId: '18446744073709551615', base: 'older', offset: 4096 },
    });
    expect(read({})).toBeNull();
    expect(read(datasetProperties('rbd/vm', order().identity))).toBeNull();
    const broken = { ...checkpointProperties(order(), 0), 'ceph2zfs:offset': 'soon' };
    expect(read(broken)).toBeNull();
  });

  it('name the source of a dataset only when all of it is there', () => {
    const properties = new Map(Object.entries(datasetProperties('rbd/vm', order().identity)));
    expect(readIdentity(properties)).toEqual(order().identity);
    properties.delete('ceph2zfs:image-id');
    expect(readIdentity(properties)).toBeNull();
  });
});
