import { expect, it } from 'vitest';
import type { Bandwidth } from '../core/bandwidth.ts';
import { paceOf } from './pace-of.ts';

const signal = new AbortController().signal;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
/** Almost nothing by night, no limit by day. */
const NIGHTLY: Bandwidth = {
  limit: null,
  timezone: 'UTC',
  windows: [{ from: 0, to: 6 * 60, days: EVERY_DAY, limit: 1000 }],
};

/** Whether a piece that follows another one has to wait. */
async function isSlow(pace: ReturnType<typeof paceOf>): Promise<boolean> {
  await pace(1000, signal);
  const abort = new AbortController();
  const second = pace(1, abort.signal).then(
    () => false,
    () => true,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  abort.abort(new Error('waited'));
  return second;
}

it('is that of the hour, also when the hour changes while it goes on', async () => {
  let now = Date.UTC(2026, 10, 25, 5, 59, 59);
  const pace = paceOf(NIGHTLY, () => now);
  expect(await isSlow(pace)).toBe(true);
  now = Date.UTC(2026, 10, 25, 6, 0, 1);
  expect(await isSlow(pace)).toBe(false);
  now = Date.UTC(2026, 10, 25, 3);
  expect(await isSlow(pace)).toBe(true);
});

it('is without a limit when there is none', async () => {
  expect(await isSlow(paceOf(undefined))).toBe(false);
});
