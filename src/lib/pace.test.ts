import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPace } from './pace.ts';

const MIB = 1024 * 1024;
const signal = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Notes down when each of the pieces went, in seconds. */
function goAll(pace: ReturnType<typeof createPace>, ...pieces: readonly number[]): number[] {
  const begin = performance.now();
  const went: number[] = [];
  for (const bytes of pieces) {
    void pace(bytes, signal).then(() => went.push((performance.now() - begin) / 1000));
  }
  return went;
}

vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      setTimeout(resolve, ms, value);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    }),
}));

it('lets go what a second may hold, one after the other', async () => {
  const went = goAll(
    createPace(() => 4 * MIB),
    4 * MIB,
    2 * MIB,
    4 * MIB,
    1,
  );
  await vi.advanceTimersByTimeAsync(10_000);
  expect(went).toEqual([0, 1, 1.5, 2.5]);
});

it('does not save up what was not used', async () => {
  const pace = createPace(() => MIB);
  goAll(pace, MIB);
  await vi.advanceTimersByTimeAsync(60_000);
  const went = goAll(pace, MIB, MIB);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(went).toEqual([0, 1]);
});

it('follows a limit that changes, and waits for nothing without one', async () => {
  let limit: number | null = MIB;
  const pace = createPace(() => limit);
  goAll(pace, 4 * MIB);
  limit = null;
  const went = goAll(pace, 100 * MIB, 100 * MIB);
  await vi.advanceTimersByTimeAsync(1);
  expect(went).toEqual([0, 0]);
});

it('waits no longer when it is cancelled', async () => {
  const abort = new AbortController();
  const pace = createPace(() => 1);
  await pace(MIB, signal);
  const waiting = pace(1, abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
