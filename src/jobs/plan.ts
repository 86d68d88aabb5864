import type { FullReason } from '../core/events.ts';
import type { SourceIdentity, SourceSnapshot } from '../core/source.ts';
import type { Checkpoint, TargetSnapshot, TargetState } from '../core/target.ts';

export interface PlanInput<Snapshot extends SourceSnapshot = SourceSnapshot> {
  readonly identity: SourceIdentity;
  /** The source's snapshots, oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** The target datasets of the source's name, oldest generation first. */
  readonly generations: readonly TargetState[];
  /** The operator asks for a full transfer. */
  readonly full: boolean;
}

/** The newest snapshot that both sides have. */
export interface Base<Snapshot extends SourceSnapshot = SourceSnapshot> {
  readonly source: Snapshot;
  readonly target: TargetSnapshot;
}

/** A transfer that was cut off, and goes on. */
export interface Resume<Snapshot extends SourceSnapshot = SourceSnapshot> {
  readonly snapshot: Snapshot;
  /** Null when not even one checkpoint was reached. */
  readonly checkpoint: Checkpoint | null;
}

export interface Plan<Snapshot extends SourceSnapshot = SourceSnapshot> {
  /** The target dataset to write to; null to make a new one. */
  readonly dataset: string | null;
  readonly base: Base<Snapshot> | null;
  /** Why everything is copied; null for an increment. */
  readonly reason: FullReason | null;
  /** For a full resync: the newest older backup of that name, which is left as it is. */
  readonly beside: string | null;
  readonly resume: Resume<Snapshot> | null;
}

/** Decides what to do for one source. Pure: all that it knows is handed in. */
export function planTransfer<Snapshot extends SourceSnapshot>(
  input: PlanInput<Snapshot>,
): Plan<Snapshot> {
  const { identity, generations, full } = input;
  const newestFirst = generations.toReversed();
  const ours = newestFirst.filter((state) => sameIdentity(state.identity, identity));
  for (const state of ours) {
    const begun = state.snapshots.length === 0;
    const base = begun || full ? null : baseOf(state, input);
    if (base === null && !begun) continue;
    const resume = resumeOf(state, base, input.snapshots);
    const beside = newestFirst.find((other) => other.snapshots.length > 0 && other !== state);
    return {
      dataset: state.dataset,
      base,
      reason: base === null ? reasonOf(input, ours, newestFirst) : null,
      beside: base === null ? (beside?.dataset ?? null) : null,
      resume,
    };
  }
  return {
    dataset: null,
    base: null,
    reason: reasonOf(input, ours, newestFirst),
    beside: newestFirst[0]?.dataset ?? null,
    resume: null,
  };
}

function reasonOf(
  input: PlanInput,
  ours: readonly TargetState[],
  all: readonly TargetState[],
): FullReason {
  const hasBackup = (state: TargetState): boolean => state.snapshots.length > 0;
  if (ours.some(hasBackup)) return input.full ? 'asked' : 'no-base';
  return all.some((state) => !ours.includes(state)) ? 'replaced' : 'first';
}

/**
 * The base: the newest committed snapshot of the target, if the source still has it. An older
 * common one would not do: the target would have to lose newer backups to go back to it.
 */
function baseOf<Snapshot extends SourceSnapshot>(
  state: TargetState,
  input: PlanInput<Snapshot>,
): Base<Snapshot> | null {
  const target = state.snapshots.at(-1);
  if (target === undefined || !sameIdentity(target.record.identity, input.identity)) return null;
  const source = input.snapshots.find((snapshot) => isSnapshot(snapshot, target));
  return source === undefined ? null : { source, target };
}

/** Names can be used again, ids cannot; both must agree. */
export function isSnapshot(source: SourceSnapshot, target: TargetSnapshot): boolean {
  const { id, name } = target.record.snapshot;
  return source.id === id && source.name === name && target.name === name;
}

function resumeOf<Snapshot extends SourceSnapshot>(
  state: TargetState,
  base: Base<Snapshot> | null,
  snapshots: readonly Snapshot[],
): Resume<Snapshot> | null {
  const { checkpoint, claim } = state;
  const baseName = base?.target.name ?? null;
  if (checkpoint !== null && checkpoint.base === baseName) {
    const snapshot = snapshots.find(({ id }) => id === checkpoint.snapshotId);
    if (snapshot !== undefined) return { snapshot, checkpoint };
  }
  const claimed = snapshots.find(({ name }) => name === claim);
  const isCommitted = state.snapshots.some(({ name }) => name === claim);
  return claimed === undefined || isCommitted ? null : { snapshot: claimed, checkpoint: null };
}

/** Snapshots on the source that are ours, oldest first. */
export interface OurSnapshots<Snapshot extends SourceSnapshot = SourceSnapshot> {
  /** Those that the target has as well. */
  readonly committed: readonly Snapshot[];
  /** Those that were made for a transfer that did not end. */
  readonly claimed: readonly Snapshot[];
}

/**
 * Ours is only what the target proves to be: what it has committed, by id, and what it has claimed, by
 * name. A name that looks like ours proves nothing; another job may have made it.
 */
export function ourSnapshots<Snapshot extends SourceSnapshot>(
  input: Pick<PlanInput<Snapshot>, 'identity' | 'snapshots' | 'generations'>,
): OurSnapshots<Snapshot> {
  const states = input.generations.filter((state) => sameIdentity(state.identity, input.identity));
  const isCommitted = (snapshot: Snapshot): boolean =>
    states.some((state) => state.snapshots.some((committed) => isSnapshot(snapshot, committed)));
  const committed = input.snapshots.filter(isCommitted);
  const claimed = input.snapshots.filter(
    (snapshot) => !isCommitted(snapshot) && states.some(({ claim }) => claim === snapshot.name),
  );
  return { committed, claimed };
}

/** Names that were claimed for snapshots of which there is none, neither on the source nor on the target. */
export function deadClaims(
  input: Pick<PlanInput, 'identity' | 'snapshots' | 'generations'>,
): readonly string[] {
  const states = input.generations.filter((state) => sameIdentity(state.identity, input.identity));
  const there = [...input.snapshots, ...states.flatMap(({ snapshots }) => snapshots)];
  const names = new Set(there.map(({ name }) => name));
  return states.flatMap(({ claim }) => (claim === null || names.has(claim) ? [] : claim));
}

export function sameIdentity(a: SourceIdentity | null, b: SourceIdentity): boolean {
  if (a === null || a.kind !== b.kind || a.cluster !== b.cluster) return false;
  if (a.kind === 'rbd' && b.kind === 'rbd') return a.pool === b.pool && a.image === b.image;
  if (a.kind !== 'cephfs' || b.kind !== 'cephfs') return false;
  return a.filesystem === b.filesystem && a.inode === b.inode;
}
