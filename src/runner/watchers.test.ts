import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Watch } from '../jobs/context.ts';
import { createWatchers, type Watchers } from './watchers.ts';

const STALL_MS = 60_000;
const GRACE_MS = 20_000;
let stalled: string[];
let watchers: Watchers;

beforeEach(() => {
  vi.useFakeTimers();
  stalled = [];
  watchers = createWatchers({
    stallMs: STALL_MS,
    graceMs: GRACE_MS,
    onStall: ({ message }) => stalled.push(message),
  });
});
afterEach(() => {
  watchers[Symbol.dispose]();
  vi.useRealTimers();
});

it('watches the run before there are sources, and after the last', () => {
  watchers.touch(null, 'selecting');
  vi.advanceTimersByTime(STALL_MS + 1);
  expect(stalled).toEqual([expect.stringContaining('selecting')]);
  watchers.watch('a')[Symbol.dispose]();
  vi.advanceTimersByTime(STALL_MS + 1);
  expect(stalled).toHaveLength(2);
});

/** Whether a source was cancelled, and why. */
function whyCancelled({ signal }: Watch): string | null {
  return signal.aborted ? String(signal.reason) : null;
}

it('cancels a source that stands still, whatever the others do, and nothing else', () => {
  using a = watchers.watch('a');
  using b = watchers.watch('b');
  watchers.touch('a', 'a: diff');
  for (let half = 0; half < 2; half++) {
    watchers.touch('b', 'b: copying');
    vi.advanceTimersByTime(STALL_MS / 2 + 1);
  }
  expect(whyCancelled(a)).toContain('no progress for 60 s while a: diff');
  expect(whyCancelled(b)).toBe(null);
  a[Symbol.dispose]();
  for (let half = 0; half < 20; half++) {
    watchers.touch('b', 'b: copying');
    vi.advanceTimersByTime(STALL_MS / 2);
  }
  expect(whyCancelled(b)).toBe(null);
  expect(stalled).toEqual([]);
});

it('ends the run when a source that was cancelled does not end', () => {
  using a = watchers.watch('a');
  using b = watchers.watch('b');
  watchers.touch('a', 'a: diff');
  vi.advanceTimersByTime(STALL_MS - GRACE_MS);
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(2 * GRACE_MS - 1);
  expect(whyCancelled(a)).not.toBe(null);
  expect(stalled).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(stalled).toEqual([expect.stringMatching(/60 s while a: diff.*cannot be cancelled/)]);
  expect(whyCancelled(b)).toBe(null);
});

it('lets a source that was cancelled run its hooks to their end', () => {
  using a = watchers.watch('a');
  vi.advanceTimersByTime(STALL_MS + 1);
  expect(whyCancelled(a)).not.toBe(null);
  a.allowSilence(STALL_MS, 'the after_snapshot hook');
  vi.advanceTimersByTime(STALL_MS + GRACE_MS - 1);
  expect(stalled).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(stalled).toHaveLength(1);
});

it('gives those that may have waited for what a cancelled source held the time to get it', () => {
  using a = watchers.watch('a');
  using b = watchers.watch('b');
  using c = watchers.watch('c');
  vi.advanceTimersByTime(1000);
  watchers.touch('b', 'b: copying');
  watchers.touch('c', 'c: copying');
  vi.advanceTimersByTime(STALL_MS);
  expect(whyCancelled(a)).not.toBe(null);
  expect(whyCancelled(b)).toBe(null);
  a[Symbol.dispose]();
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(2 * GRACE_MS);
  expect(whyCancelled(b)).toBe(null);
  expect(whyCancelled(c)).toContain('c: copying');
});

it('lets a source be silent as long as it is allowed to, whatever the others do', () => {
  using a = watchers.watch('a');
  using b = watchers.watch('b');
  a.allowSilence(10 * STALL_MS);
  for (let half = 0; half < 20; half++) {
    watchers.touch('b', 'b: copying');
    vi.advanceTimersByTime(STALL_MS / 2);
  }
  expect([a, b].map(whyCancelled)).toEqual([null, null]);
  watchers.touch('a', 'a: copying');
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(STALL_MS / 2);
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(STALL_MS / 2 + 1);
  expect(whyCancelled(a)).toContain('a: copying');
  expect(stalled).toEqual([]);
});

it('forgets a source that is done', () => {
  watchers.watch('a')[Symbol.dispose]();
  using b = watchers.watch('b');
  vi.advanceTimersByTime(STALL_MS / 2);
  watchers.touch('a', 'late news');
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(STALL_MS - 1);
  expect(whyCancelled(b)).toBe(null);
  expect(stalled).toEqual([]);
});
