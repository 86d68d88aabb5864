import { type Judge, type Judged, judgesOf } from './judges.ts';
import type { KeepReason, Protection } from './reason.ts';
import type { KeepRules } from './rules.ts';

/** A snapshot that this job made. Those of others are nobody's business here. */
export interface Candidate extends Judged {
  readonly protections: readonly Protection[];
}

export interface Decision<Snapshot extends Candidate = Candidate> {
  readonly snapshot: Snapshot;
  readonly keep: boolean;
  /** All that keeps it: what protects it first, then the rules. Empty when it is not kept. */
  readonly reasons: readonly KeepReason[];
}

/**
 * Decides which snapshots of one dataset (or of one source) stay; the newest comes first. Pure: all that it
 * knows is handed in.
 *
 * - Without rules (null) all stay. With rules, a snapshot stays if any of them keeps it, or if it is
 *   protected. The newest always is: hand in committed snapshots only, so that it is a whole backup.
 * - Protected snapshots count like all others: `last: 3` is three snapshots, pinned or not.
 * - `within` counts from the newest snapshot, not from now: a job that stands still must not lose its
 *   backups by time alone. The price: a snapshot from a clock that was far ahead makes all others old.
 * - Of snapshots with equal times, the one with the greater name is the newer.
 * - To decide again over what was kept keeps the same, for the same reasons: no rule would choose otherwise
 *   because of a snapshot that it has not chosen. Therefore one may prune after every backup, and ends up
 *   with what one would have kept of all that there ever were.
 *
 * `timeZone` is the name of the zone whose hours, days and so on are meant. Throws, and so removes nothing, when
 * a `takenAt` is no time since 1970, or when the zone or the regular expression is none (the
 * configuration has checked both).
 */
export function decideRetention<Snapshot extends Candidate>(
  snapshots: readonly Snapshot[],
  rules: KeepRules | null,
  timeZone: string,
): readonly Decision<Snapshot>[] {
  for (const snapshot of snapshots) mustHaveTime(snapshot);
  const judges = rules === null ? [keepAll] : judgesOf(rules, timeZone);
  return snapshots.toSorted(newerFirst).map((snapshot, index) => {
    const reasons = [
      ...(index === 0 ? [{ kind: 'newest' } as const] : []),
      ...PROTECTIONS.filter((kind) => snapshot.protections.includes(kind)).map((kind) => ({
        kind,
      })),
      ...judges.map((judge) => judge(snapshot)).filter((reason) => reason !== null),
    ];
    return { snapshot, keep: reasons.length > 0, reasons };
  });
}

/** In the order in which they are told. */
const PROTECTIONS: readonly Protection[] = ['base', 'on-source', 'pinned', 'held', 'cloned'];

const keepAll: Judge = () => ({ kind: 'no-rules' });

function newerFirst(a: Judged, b: Judged): number {
  if (a.takenAt !== b.takenAt) return b.takenAt - a.takenAt;
  if (a.name === b.name) return 0;
  return a.name < b.name ? 1 : -1;
}

/** The last moment that a Date can be. */
const LATEST_MS = 8.64e15;

function mustHaveTime({ name, takenAt }: Judged): void {
  if (takenAt >= 0 && takenAt <= LATEST_MS) return;
  throw new RangeError(`the snapshot ${name} was taken at ${takenAt}, which is no time`);
}
