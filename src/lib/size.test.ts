import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatRate, parseSize } from './size.ts';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['16K', 16_384],
    ['16KiB', 16_384],
    ['64MiB', 64 * 1024 ** 2],
    ['64 MiB', 64 * 1024 ** 2],
    ['10GiB', 10 * 1024 ** 3],
    ['2T', 2 * 1024 ** 4],
    ['1PiB', 1024 ** 5],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each([
    ['10GB', 'unknown unit "GB": write 10GiB for multiples of 1024'],
    ['64Mib', 'unknown unit "Mib": write 64MiB for multiples of 1024'],
    ['16k', 'unknown unit "k": write 16K for multiples of 1024'],
    ['5 apples', 'unknown unit "apples"'],
    ['5B', 'unknown unit "B"'],
    ['', 'not a size'],
    ['-1', 'not a size'],
    ['1.5G', 'not a size'],
    ['1e3', 'not a size'],
    ['G', 'not a size'],
    [' 1G', 'not a size'],
    ['9999999P', 'too large'],
    ['9007199254740993', 'too large'],
  ])('refuses %j', (text, problem) => {
    expect(parseSize(text)).toEqual({ ok: false, problem });
  });

  it('reads each number with each unit as a multiple of a power of 1024', () => {
    const units = ['', 'K', 'M', 'G', 'T'];
    fc.assert(
      fc.property(fc.nat(8191), fc.nat(4), fc.boolean(), (count, power, isLong) => {
        const unit = `${units[power]}${isLong && power > 0 ? 'iB' : ''}`;
        expect(parseSize(`${count}${unit}`)).toEqual({ ok: true, value: count * 1024 ** power });
      }),
    );
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [99.94 * 1024, '99.9 KiB'],
    [99.96 * 1024, '100 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
    [2048 * 1024 ** 5, '2048 PiB'],
  ])('shows %d', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('stays short for any size below 1024 PiB', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e18, noNaN: true }), (bytes) => {
        expect(formatBytes(bytes).length).toBeLessThanOrEqual('1023 KiB'.length);
      }),
    );
  });
});

it('formatRate shows a dash as long as nothing is known', () => {
  expect([formatRate(null), formatRate(1024)]).toEqual(['-', '1.0 KiB/s']);
});
