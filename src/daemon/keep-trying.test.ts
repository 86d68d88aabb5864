import { expect, it, vi } from 'vitest';
import { keepTrying } from './keep-trying.ts';

const SOON = { timeout: 10_000 };

const PAUSE_MS = 5;

function openable() {
  const state = { fails: true, tried: 0, closed: 0 };
  const open = async () => {
    state.tried++;
    if (state.fails) throw new Error('the port is taken');
    return { [Symbol.asyncDispose]: async () => void state.closed++ };
  };
  return { state, open };
}

it('goes on without what cannot be opened, tells why once, and opens it when that is possible', async () => {
  const { state, open } = openable();
  const onProblem = vi.fn<(error: unknown) => void>();
  const kept = await keepTrying(open, onProblem, PAUSE_MS);
  expect(kept.problem).toMatchObject({ message: 'the port is taken' });
  await vi.waitUntil(() => state.tried > 3, SOON);
  expect(onProblem).toHaveBeenCalledTimes(1);
  state.fails = false;
  await vi.waitUntil(() => kept.problem === null, SOON);
  await kept[Symbol.asyncDispose]();
  expect(state.closed).toBe(1);
});

it('does not try any more when it is over', async () => {
  const { state, open } = openable();
  const kept = await keepTrying(open, () => undefined, PAUSE_MS);
  await kept[Symbol.asyncDispose]();
  const { tried } = state;
  await new Promise((resolve) => setTimeout(resolve, 10 * PAUSE_MS));
  expect(state.tried).toBe(tried);
});
