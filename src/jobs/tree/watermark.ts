import type { ScanRecord } from '../../core/target.ts';

/** How changes in a tree are looked for. Times are milliseconds. */
export interface ScanOptions {
  /** `rctime`: leave out directories in which, by their rctime, nothing changed; `full`: look at everything. */
  readonly mode: 'rctime' | 'full';
  /** By how much clocks may differ, and an rctime may be late. */
  readonly marginMs: number;
  /** How long after a snapshot Ceph may tell what is not true of it yet; see {@link settleTime}. */
  readonly settleMs: number;
  /** How long after the last full scan the next one is due. */
  readonly fullEveryMs: number;
}

export interface ScanSituation {
  /** What is on record of the base's scan; null when there is no base. */
  readonly base: ScanRecord | null;
  /** Whether the target is the base and nothing else. */
  readonly isUntouched: boolean;
  /** When the source's snapshot was made: milliseconds since 1970. */
  readonly takenAt: number;
}

/**
 * How long to wait yet before a snapshot is looked at, in milliseconds. An rctime takes its time to arrive at the upper
 * directories. And what a client wrote last can be on its way into the MDS's journal when the snapshot is made: for that moment
 * the snapshot shows the file's new bytes under its old size, times and change counter (seen with 16.2, for less than a
 * second), which would put bytes on record that are not there, or pass for no change at all.
 */
export function settleTime({ settleMs }: ScanOptions, takenAt: number, now: number): number {
  // A clock that was set meanwhile says nothing.
  return Math.min(settleMs, Math.max(0, takenAt + settleMs - now));
}

/**
 * Which entries are young in a snapshot: those that changed at the time that this gives (nanoseconds since 1970) or
 * later. Two clients that write to one file at a time both count its change counter on from the same number, so that a
 * change may leave it as it was; and clocks that differ leave its times as they were. With both at once nothing but
 * the bytes tells that a file was written to again after the snapshot.
 */
export function youngSince({ marginMs }: ScanOptions, takenAt: number): bigint {
  return BigInt(takenAt - marginMs) * 1_000_000n;
}

/**
 * The time (nanoseconds since 1970) before which a change was surely seen when the base was made; null when
 * everything must be looked at. What changed before it may be left out, because the base has it.
 */
export function watermarkOf(
  { mode, marginMs, fullEveryMs }: ScanOptions,
  { base, isUntouched, takenAt }: ScanSituation,
): bigint | null {
  if (mode === 'full' || base === null) return null;
  // What a run that was cut off has left is neither the base nor anything else that is known.
  if (!isUntouched) return null;
  // An entry that could not be copied then is not found by its directory's rctime now.
  if (base.skipped > 0) return null;
  // A clock that went back says nothing about what came first.
  if (takenAt < base.takenAt) return null;
  if (takenAt - base.fullAt >= fullEveryMs) return null;
  return BigInt(base.takenAt - marginMs) * 1_000_000n;
}
