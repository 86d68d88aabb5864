import { describe, expect, it } from 'vitest';
import { commonVersion } from './version.ts';

const sink = (min: number, max: number) => ({ name: 'the sink', versions: { min, max } });
const client = (min: number, max: number) => ({ name: 'the client', versions: { min, max } });

describe('the version that two sides speak', () => {
  it.each([
    [[1, 1], [1, 1], 1],
    [[1, 3], [2, 5], 3],
    [[2, 5], [1, 3], 3],
    [[1, 9], [4, 4], 4],
  ] as const)('of %j and %j is %i', ([a, b], [c, d], version) => {
    expect(commonVersion(sink(a, b), client(c, d))).toBe(version);
  });

  it.each([
    [[1, 1], [2, 3], 'Update ceph2zfs on the side of the sink.'],
    [[3, 4], [1, 2], 'Update ceph2zfs on the side of the client.'],
  ] as const)('there is none of %j and %j, and the older one is told', ([a, b], [c, d], hint) => {
    expect(() => commonVersion(sink(a, b), client(c, d))).toThrow(
      expect.objectContaining({ code: 'sink-version', retry: 'never', hint }),
    );
  });
});
