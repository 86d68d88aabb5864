import type { FullReason } from '../core/events.ts';
import type { SourceIdentity, SourceSnapshot } from '../core/source.ts';
import type { Checkpoint, TargetSnapshot, TargetState } from '../core/target.ts';

export interface PlanInput {
  readonly identity: SourceIdentity;
  /** The source's user snapshots, oldest first. */
  readonly snapshots: readonly SourceSnapshot[];
  /** The target datasets of the source's name, oldest generation first. */
  readonly generations: readonly TargetState[];
  /** The operator asks for a full transfer. */
  readonly full: boolean;
}

/** The newest snapshot that both sides have. */
export interface Base {
  readonly source: SourceSnapshot;
  readonly target: TargetSnapshot;
}

/** A transfer that was cut off, and goes on. */
export interface Resume {
  readonly snapshot: SourceSnapshot;
  /** Null when not even one checkpoint was reached. */
  readonly checkpoint: Checkpoint | null;
}

export interface Plan {
  /** The target dataset to write to; null to make a new one. */
  readonly dataset: string | null;
  readonly base: Base | null;
  /** Why everything is copied; null for an increment. */
  readonly reason: FullReason | null;
  /** For a full resync: the newest older backup of that name, which is left as it is. */
  readonly beside: string | null;
  readonly resume: Resume | null;
}

/** Decides what to do for one source. Pure: all that it knows is handed in. */
export function planTransfer(input: PlanInput): Plan {
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
  return all.some((state) => !ours.includes(state)) ? 'another-image' : 'first';
}

/**
 * The base: the newest committed snapshot of the target, if the source still has it. An older
 * common one would not do: the target would have to lose newer backups to go back to it.
 */
function baseOf(state: TargetState, input: PlanInput): Base | null {
  const target = state.snapshots.at(-1);
  if (target === undefined || !sameIdentity(target.record.identity, input.identity)) return null;
  const source = input.snapshots.find((snapshot) => isSnapshot(snapshot, target));
  return source === undefined ? null : { source, target };
}

/** Names can be used again, ids cannot; both must agree. */
function isSnapshot(source: SourceSnapshot, target: TargetSnapshot): boolean {
  const { id, name } = target.record.snapshot;
  return source.id === id && source.name === name && target.name === name;
}

function resumeOf(
  state: TargetState,
  base: Base | null,
  snapshots: readonly SourceSnapshot[],
): Resume | null {
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

/**
 * Snapshots on the source that are ours and no longer needed once `kept` is the base. Ours is only
 * what the target proves to be: what it has committed, by id, and what it has claimed, by name. A
 * name that looks like ours proves nothing; another job may have made it.
 */
export function spentSnapshots(
  input: Pick<PlanInput, 'identity' | 'snapshots' | 'generations'>,
  kept: { readonly id: string },
): readonly SourceSnapshot[] {
  const states = input.generations.filter((state) => sameIdentity(state.identity, input.identity));
  return input.snapshots.filter(
    (snapshot) =>
      snapshot.id !== kept.id &&
      states.some(
        (state) =>
          state.claim === snapshot.name ||
          state.snapshots.some((committed) => isSnapshot(snapshot, committed)),
      ),
  );
}

export function sameIdentity(a: SourceIdentity | null, b: SourceIdentity): boolean {
  return (
    a !== null &&
    a.kind === b.kind &&
    a.cluster === b.cluster &&
    a.pool === b.pool &&
    a.image === b.image
  );
}
