/** Calls `tell` at most once in `everyMs` milliseconds; what comes in between is dropped. */
export function throttle<T>(everyMs: number, tell: (value: T) => void): (value: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (value) => {
    const now = performance.now();
    if (now - last < everyMs) return;
    last = now;
    tell(value);
  };
}
