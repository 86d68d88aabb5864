/** A fixed amount of something that holders share: whoever asks for more than is left waits, in order. */
export interface Budget {
  /**
   * Takes a part; call what it resolves to when it is free again, or with how much of it is still needed. Throws a
   * RangeError for more than there is in all, and the signal's reason when that comes first.
   */
  take(amount: number, signal: AbortSignal): Promise<(keep?: number) => void>;
  /** What nobody holds. */
  readonly left: number;
}

interface Waiting {
  readonly amount: number;
  readonly grant: () => void;
}

export function createBudget(total: number): Budget {
  const waiting: Waiting[] = [];
  let left = total;

  function serve(): void {
    for (;;) {
      const [next] = waiting;
      if (next === undefined || next.amount > left) return;
      waiting.shift();
      left -= next.amount;
      next.grant();
    }
  }

  function partOf(amount: number): (keep?: number) => void {
    let held = amount;
    let isHeld = true;
    return (keep = 0) => {
      if (!isHeld || keep > held) throw new Error('a part of a budget was given back twice');
      isHeld = keep > 0;
      left += held - keep;
      held = keep;
      serve();
    };
  }

  return {
    async take(amount, signal) {
      if (amount > total) throw new RangeError(`${amount} is more than ${total}`);
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const one: Waiting = {
          amount,
          grant: () => {
            signal.removeEventListener('abort', giveUp);
            resolve();
          },
        };
        function giveUp(): void {
          waiting.splice(waiting.indexOf(one), 1);
          reject(signal.reason);
          // Those behind it may ask for less.
          serve();
        }
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.push(one);
        serve();
      });
      return partOf(amount);
    },
    get left() {
      return left;
    },
  };
}
