import type { StopSignal } from './exit-codes.ts';

/** Calls `listener` for each SIGINT and SIGTERM, with how many came so far, until disposed. */
export function onStopSignals(listener: (signal: StopSignal, count: number) => void): Disposable {
  let count = 0;
  const listen = (signal: StopSignal): void => listener(signal, ++count);
  process.on('SIGINT', listen).on('SIGTERM', listen);
  return {
    [Symbol.dispose]() {
      process.off('SIGINT', listen).off('SIGTERM', listen);
    },
  };
}
