import type { TransferFinished, TransferPhase } from '../core/events.ts';
import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import type { JobContext, Transfer } from './context.ts';

/** How often it is told at most how far a transfer is, in milliseconds. */
export const PROGRESS_MS = 200;

/** What every kind of transfer tells in the same way. */
export interface TransferEvents {
  /** Tells that a phase begins. */
  readonly enter: (phase: TransferPhase) => void;
  /** Tells what was done, once it is committed. */
  readonly tellFinished: (done: TransferDone) => void;
}

/** What only the kind of transfer itself knows of what it did. */
export type TransferDone = Pick<
  TransferFinished,
  'diff' | 'size' | 'tree' | 'bytesRead' | 'bytesWritten'
>;

/** Called when the transfer begins: that is when its time starts. */
export function transferEvents(
  { emit }: JobContext,
  { source, target, snapshot, plan }: Transfer<Source, Target, SourceSnapshot>,
): TransferEvents {
  const started = performance.now();
  return {
    enter: (phase) => emit({ type: 'transfer-phase', source: source.name, phase }),
    tellFinished: ({ diff, size, tree, bytesRead, bytesWritten }) =>
      emit({
        type: 'transfer-finished',
        source: source.name,
        dataset: target.dataset,
        snapshot: snapshot.name,
        mode: plan.base === null ? 'full' : 'incremental',
        diff,
        size,
        tree,
        bytesRead,
        bytesWritten,
        durationMs: Math.round(performance.now() - started),
      }),
  };
}
