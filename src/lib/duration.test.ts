import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, writeDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['60s', 60_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s', 93_784_000],
    ['90m', 5_400_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: ms });
  });

  it.each([
    ['60', 'a unit is missing: write 60s for seconds'],
    ['1 minute', 'unknown unit "minute": write 1m'],
    ['5M', 'unknown unit "M": write 5m'],
    ['5ms', 'unknown unit "ms"'],
    ['2months', 'unknown unit "months"'],
    ['30m1h', 'not a duration'],
    ['1h 30m', 'not a duration'],
    ['1.5h', 'not a duration'],
    ['-1s', 'not a duration'],
    ['', 'not a duration'],
    ['9007199254740993s', 'too long'],
  ])('refuses %j', (text, problem) => {
    expect(parseDuration(text)).toEqual({ ok: false, problem });
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [440, '0.4s'],
    [1000, '1s'],
    [9940, '9.9s'],
    [9960, '10s'],
    [59_600, '1m00s'],
    [125_000, '2m05s'],
    [5_400_000, '1h30m'],
    [90_000_000, '1d01h'],
  ])('shows %d ms', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('shows what parseDuration reads, for whole seconds below an hour', () => {
    fc.assert(
      fc.property(fc.nat(3599), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toEqual({
          ok: true,
          value: seconds * 1000,
        });
      }),
    );
  });
});

describe('writeDuration', () => {
  it.each([
    [0, '0s'],
    [86_400_000, '1d'],
    [5_400_000, '1h30m'],
    [93_784_000, '1d2h3m4s'],
  ])('writes %d ms', (ms, text) => {
    expect(writeDuration(ms)).toBe(text);
  });

  it('writes what parseDuration reads', () => {
    fc.assert(
      fc.property(fc.nat(), (seconds) => {
        const text = writeDuration(seconds * 1000);
        expect(parseDuration(text)).toEqual({ ok: true, value: seconds * 1000 });
      }),
    );
  });
});
