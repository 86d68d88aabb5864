import type { Caller } from './caller.ts';

/** Says of locks and transfers that they are still needed, as long as they are. */
export interface Keeper extends Disposable {
  add(session: string): void;
  remove(session: string): void;
}

const NEVER = new AbortController().signal;

/** How often it is said within the time in which it has to be. */
const TIMES = 4;

export function createKeeper(caller: Caller): Keeper {
  const sessions = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  async function start(): Promise<void> {
    const { sessionMs } = await caller.greeting(NEVER);
    timer ??= setInterval(() => void tell(), sessionMs / TIMES);
    timer.unref();
    if (sessions.size === 0) stop();
  }

  async function tell(): Promise<void> {
    // What is lost shows in the next call that needs it; what could not be told now is told the next time.
    await caller.call('keep', { sessions: [...sessions] }, NEVER).catch(() => undefined);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(session) {
      sessions.add(session);
      if (timer === undefined) void start().catch(() => undefined);
    },
    remove(session) {
      sessions.delete(session);
      if (sessions.size === 0) stop();
    },
    [Symbol.dispose]: stop,
  };
}
