/** The time that something may go on once it was told to end. */
export interface Grace {
  /** Lets the time begin; `onOver` is called once when it is over. */
  begin(onOver: () => void): void;
  /** Time does not count until this is disposed of. */
  hold(): Disposable;
}

/** `ms`: how long it is, in milliseconds. It keeps no process alive. */
export function createGrace(ms: number): Grace {
  let left = ms;
  let holds = 0;
  let onOver: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let armedAt = 0;

  function arm(): void {
    if (onOver === undefined || holds > 0) return;
    armedAt = performance.now();
    timer = setTimeout(onOver, left).unref();
  }
  function disarm(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    left = Math.max(0, left - (performance.now() - armedAt));
  }

  return {
    begin(over) {
      onOver = over;
      arm();
    },
    hold() {
      holds++;
      disarm();
      return {
        [Symbol.dispose]() {
          holds--;
          arm();
        },
      };
    },
  };
}
