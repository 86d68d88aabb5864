import type { Clock } from './ports.ts';

/** Whatever a timer is asked for, Node's own takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's own time. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  setTimer(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
