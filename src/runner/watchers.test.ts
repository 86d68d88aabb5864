import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWatchers, type Watchers } from './watchers.ts';

const STALL_MS = 60_000;
let stalled: string[];
let watchers: Watchers;

beforeEach(() => {
  vi.useFakeTimers();
  stalled = [];
  watchers = createWatchers(STALL_MS, ({ message }) => stalled.push(message));
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

it('does not let one source hide that another one stands still', () => {
  using _a = watchers.watch('a');
  using _b = watchers.watch('b');
  watchers.touch('a', 'a: diff');
  for (let minute = 0; minute < 3; minute++) {
    watchers.touch('b', 'b: copying');
    vi.advanceTimersByTime(STALL_MS / 2);
  }
  expect(stalled).toEqual([expect.stringContaining('a: diff')]);
});

it('lets a source be silent as long as it is allowed to, whatever the others do', () => {
  using a = watchers.watch('a');
  using _b = watchers.watch('b');
  a.allowSilence(10 * STALL_MS);
  for (let half = 0; half < 20; half++) {
    watchers.touch('b', 'b: copying');
    vi.advanceTimersByTime(STALL_MS / 2);
  }
  expect(stalled).toEqual([]);
  watchers.touch('a', 'a: copying');
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(STALL_MS / 2);
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(STALL_MS / 2 + 1);
  expect(stalled).toEqual([expect.stringContaining('a: copying')]);
});

it('forgets a source that is done', () => {
  watchers.watch('a')[Symbol.dispose]();
  using _b = watchers.watch('b');
  vi.advanceTimersByTime(STALL_MS / 2);
  watchers.touch('a', 'late news');
  watchers.touch('b', 'b: copying');
  vi.advanceTimersByTime(STALL_MS - 1);
  expect(stalled).toEqual([]);
});
