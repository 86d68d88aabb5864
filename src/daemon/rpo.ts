import { backupTakenAt } from '../core/snapshot-name.ts';
import type { SourceHistory } from '../state/history-records.ts';

/** A source whose newest backup is older than it may be. */
export interface MissedSource {
  readonly source: string;
  /** Milliseconds since the snapshot of its newest backup; null when it was never backed up. */
  readonly ageMs: number | null;
}

/** How the sources of a job are beside its `rpo`. */
export interface Rpo {
  readonly limitMs: number;
  /** The worst first: those that have no backup, then by age. */
  readonly missed: readonly MissedSource[];
}

/**
 * Which sources have no backup that is younger than `limitMs`. One that was never backed up has that long from its
 * first failure on: before that nobody knew of it. A source of which neither is known misses nothing.
 */
export function judgeRpo(limitMs: number, sources: readonly SourceHistory[], now: number): Rpo {
  const missed = sources.flatMap(({ source, lastSuccess, failingSince }): MissedSource[] => {
    const since = lastSuccess === null ? failingSince : backupTakenAt(lastSuccess);
    if (since === null || now - since <= limitMs) return [];
    return [{ source, ageMs: lastSuccess === null ? null : now - since }];
  });
  return { limitMs, missed: missed.toSorted(byWorst) };
}

function byWorst(a: MissedSource, b: MissedSource): number {
  const order = (b.ageMs ?? Number.MAX_VALUE) - (a.ageMs ?? Number.MAX_VALUE);
  return order || (a.source < b.source ? -1 : 1);
}
