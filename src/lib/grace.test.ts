import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createGrace } from './grace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('is over once its time has passed since it began', () => {
  const over = vi.fn();
  const grace = createGrace(20_000);
  vi.advanceTimersByTime(60_000);
  grace.begin(over);
  vi.advanceTimersByTime(19_000);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(over).toHaveBeenCalledTimes(1);
});

it('does not pass while it is held, by whomever', () => {
  const over = vi.fn();
  const grace = createGrace(20_000);
  grace.begin(over);
  vi.advanceTimersByTime(15_000);
  const [first, second] = [grace.hold(), grace.hold()];
  vi.advanceTimersByTime(60_000);
  first[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect(over).not.toHaveBeenCalled();
  second[Symbol.dispose]();
  vi.advanceTimersByTime(4_000);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(over).toHaveBeenCalledTimes(1);
});

it('does not begin before it is let go, when it was held already', () => {
  const over = vi.fn();
  const grace = createGrace(20_000);
  {
    using _held = grace.hold();
    grace.begin(over);
    vi.advanceTimersByTime(60_000);
  }
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20_000);
  expect(over).toHaveBeenCalledTimes(1);
});
