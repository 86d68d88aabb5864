import { expect, it } from 'vitest';
import { type ScanOptions, type ScanSituation, settleTime, watermarkOf } from './watermark.ts';

const HOUR = 3_600_000;
const BASE = { takenAt: 100 * HOUR, fullAt: 90 * HOUR, skipped: 0 };
const OPTIONS: ScanOptions = {
  mode: 'rctime',
  marginMs: 600_000,
  settleMs: 15_000,
  fullEveryMs: 24 * HOUR,
};

function watermark(situation: Partial<ScanSituation>, options: Partial<ScanOptions> = {}) {
  const usual = { base: BASE, isUntouched: true, takenAt: 101 * HOUR };
  return watermarkOf({ ...OPTIONS, ...options }, { ...usual, ...situation });
}

it.each([
  ['at once', 0, 15_000],
  ['some time later', 10_000, 5_000],
  ['when it is old', 15_000, 0],
  ['when it is very old', HOUR, 0],
  ['after the clock went back', -HOUR, 15_000],
])('a snapshot that is looked at %s is waited for', (_when, age, wait) => {
  expect(settleTime(OPTIONS, HOUR, HOUR + age)).toBe(wait);
});

it('is the time of the base, less the margin', () => {
  expect(watermark({})).toBe(BigInt(100 * HOUR - 600_000) * 1_000_000n);
});

it.each<[string, Partial<ScanSituation>, Partial<ScanOptions>]>([
  ['there is no base', { base: null }, {}],
  ['a run was cut off', { isUntouched: false }, {}],
  ['the base is partial', { base: { ...BASE, skipped: 1 } }, {}],
  ['the clock went back', { takenAt: 99 * HOUR }, {}],
  ['a full scan is due', { takenAt: 114 * HOUR }, {}],
  ['the operator asks for full scans', {}, { mode: 'full' }],
])('is nothing when %s', (_why, situation, options) => {
  expect(watermark(situation, options)).toBeNull();
});
