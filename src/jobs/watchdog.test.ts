import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWatchdog } from './watchdog.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('barks once, and names what made no progress', () => {
  const onStall = vi.fn();
  using watchdog = createWatchdog(60_000, onStall);
  watchdog.touch('rbd/vm: diff');
  vi.advanceTimersByTime(59_000);
  watchdog.touch('rbd/vm: copying');
  vi.advanceTimersByTime(59_000);
  expect(onStall).not.toHaveBeenCalled();
  vi.advanceTimersByTime(600_000);
  expect(onStall).toHaveBeenCalledTimes(1);
  expect(onStall).toHaveBeenCalledWith(
    expect.objectContaining({
      code: 'stalled',
      message: expect.stringContaining('rbd/vm: copying'),
    }),
  );
});

it('waits longer for a step that is known to be silent, and only for that one', () => {
  const onStall = vi.fn();
  using watchdog = createWatchdog(60_000, onStall);
  watchdog.touch('a long diff', 600_000);
  vi.advanceTimersByTime(650_000);
  expect(onStall).not.toHaveBeenCalled();
  watchdog.touch('copying');
  vi.advanceTimersByTime(61_000);
  expect(onStall).toHaveBeenCalledTimes(1);
});

it('is silent when it is sent away', () => {
  const onStall = vi.fn();
  createWatchdog(1000, onStall)[Symbol.dispose]();
  vi.advanceTimersByTime(5000);
  expect(onStall).not.toHaveBeenCalled();
});
