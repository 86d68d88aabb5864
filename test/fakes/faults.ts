import type { Extent } from '../../src/core/extent.ts';

/** Where a fake source can be made to fail. `…ed` comes after the deed is done, before it is told. */
export type FaultPoint =
  | 'list'
  | 'open'
  | 'snapshots'
  | 'createSnapshot'
  | 'createdSnapshot'
  | 'createGroupSnapshot'
  | 'createdGroupSnapshot'
  | 'removeSnapshot'
  | 'removedSnapshot'
  | 'openSnapshot'
  | 'openHead'
  | 'diff'
  | 'read';

export interface FaultContext {
  /** `pool[/namespace]/image`, or the group; empty at `list`. */
  readonly image: string;
  /** Name of the snapshot that it is about, if any. */
  readonly snapshot?: string;
  /** At `read`: bytes. */
  readonly offset?: number;
  readonly length?: number;
  readonly signal: AbortSignal;
}

/** Throws to make the operation fail; waits to delay it. */
export type Fault = (context: FaultContext) => void | Promise<void>;

/** The faults of one fake cluster. */
export class Faults {
  readonly #faults = new Map<FaultPoint, Fault>();
  /** Changes what a diff reports, to play a cluster that reports a wrong one. */
  distortDiff: ((extents: readonly Extent[], context: FaultContext) => readonly Extent[]) | null =
    null;

  /** Sets what happens at a point from now on; `null` makes it work again. */
  at(point: FaultPoint, fault: Fault | null): void {
    if (fault === null) this.#faults.delete(point);
    else this.#faults.set(point, fault);
  }

  clear(): void {
    this.#faults.clear();
    this.distortDiff = null;
  }

  /** Called by the fakes at each point. */
  async pass(point: FaultPoint, context: FaultContext): Promise<void> {
    context.signal.throwIfAborted();
    await this.#faults.get(point)?.(context);
    context.signal.throwIfAborted();
  }
}

/** A fault that throws this error each time. */
export function fails(error: Error): Fault {
  return () => {
    throw error;
  };
}

/** A fault that never ends, except by the signal. */
export function hangs(): Fault {
  return ({ signal }) =>
    new Promise((_, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
}

/** A fault that strikes the first `count` times only. */
export function times(count: number, fault: Fault): Fault {
  let left = count;
  return (context) => (left-- > 0 ? fault(context) : undefined);
}

/** A fault at `read` that strikes only calls that touch this byte. */
export function whenReading(offset: number, fault: Fault): Fault {
  return (context) => {
    const start = context.offset ?? 0;
    const hit = offset >= start && offset < start + (context.length ?? 0);
    return hit ? fault(context) : undefined;
  };
}
