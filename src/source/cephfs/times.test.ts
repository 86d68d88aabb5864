import { describe, expect, it } from 'vitest';
import { parseTime } from './times.ts';

const S = 1_000_000_000n;

describe('a time of Ceph', () => {
  it.each([
    ['1795577214.910755711', 1_795_577_214n * S + 910_755_711n],
    ['1795577214.000000007', 1_795_577_214n * S + 7n],
    ['0.000000000', 0n],
  ])('is exact where it is written well: %s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  it.each([
    // Some releases write the 9 of their format instead of padding to so many digits.
    ['1795577214.09910755711', 1_795_577_215n * S],
    ['1795577214.097', 1_795_577_215n * S],
    ['1795577214.7', 1_795_577_215n * S],
  ])('is rather too late than too early where it is not: %s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  it.each(['', '1795577214', '-1.000000000', 'x.1'])('is nothing else: %j', (text) => {
    expect(() => parseTime(text)).toThrow('is no time');
  });
});
