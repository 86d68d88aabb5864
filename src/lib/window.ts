/**
 * Runs at most `width` promises at a time. The first failure wins: {@link Window.add} and
 * {@link Window.drain} throw it, and later ones are only waited for.
 */
export interface Window {
  /** Starts the work when there is room for it; resolves when it is started. */
  add(start: () => Promise<void>): Promise<void>;
  /** Waits for all that was started, also when some of it fails; only then throws the first failure. */
  drain(): Promise<void>;
}

export function createWindow(width: number): Window {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  function launch(start: () => Promise<void>): void {
    const work = start()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(work));
    running.add(work);
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure.error;
  }

  return {
    async add(start) {
      while (running.size >= width && failure === undefined) await Promise.race(running);
      throwFailure();
      launch(start);
    },
    async drain() {
      await Promise.all(running);
      throwFailure();
    },
  };
}
