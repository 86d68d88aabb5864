import { reportError } from '../core/errors.ts';
import { freeSnapshotName } from '../core/snapshot-name.ts';
import type { Source, SourceGroup, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import type { Attempts } from './attempts.ts';
import type { Prepared } from './back-up.ts';
import type { JobContext } from './context.ts';
import { JobError } from './errors.ts';
import { afterNoSnapshot, afterSnapshot, beforeSnapshot } from './hooks/around-snapshot.ts';
import type { SnapshotSubject } from './hooks/environment.ts';
import { isNameTaken } from './take-snapshot.ts';

/**
 * Makes one snapshot of the sources of a group, between the hooks of all of them. Its name is claimed on all of
 * their targets before. Tells which snapshot it is to each source by its name, but for those that failed.
 */
export async function takeGroupSnapshot<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  group: SourceGroup<S, Snapshot>,
  ready: readonly Prepared<S, T, Snapshot>[],
  attempts: Attempts,
): Promise<ReadonlyMap<string, Snapshot>> {
  const { emit, signal } = context;
  const nextName = nameGiver(context, ready);
  const first = nextName(null);
  const members = await those(ready, attempts, (_, { target }) => target.claim(first, signal));
  if (members.length > 0) await tellDoubts(context, group);
  const frozen: Prepared<S, T, Snapshot>[] = [];
  let made: ReadonlyMap<string, Snapshot> = new Map();
  let failure: unknown = null;
  try {
    await those(members, attempts, async (within, member) => {
      emit({ type: 'transfer-phase', source: member.source.name, phase: 'snapshot' });
      await beforeSnapshot(within, subjectOf(member), first);
      frozen.push(member);
    });
    made = await make(context, group, frozen, { first, nextName });
  } catch (error) {
    failure = error;
  }
  return thawed(context, { group: group.name, frozen, made, failure }, attempts);
}

const DOUBT_HINT =
  'Enable the feature (`rbd feature enable POOL/IMAGE exclusive-lock`), or take the image out of the group.';

/** Gives names that none of the members has on either side; a name that turned out to be taken is not given again. */
function nameGiver<S extends Source<Snapshot>, T extends Target, Snapshot extends SourceSnapshot>(
  { options, now }: JobContext,
  members: readonly Prepared<S, T, Snapshot>[],
): (taken: string | null) => string {
  const names = new Set(
    members
      .flatMap(({ input: { snapshots, generations } }) => [
        ...snapshots,
        // Both sides get the name.
        ...generations.flatMap((state) => state.snapshots),
      ])
      .map(({ name }) => name),
  );
  return (taken) => {
    if (taken !== null) names.add(taken);
    return freeSnapshotName(options.prefix, now(), names);
  };
}

/** Those of the members for which the work succeeds, one after the other. */
async function those<S extends Source<Snapshot>, T extends Target, Snapshot extends SourceSnapshot>(
  members: readonly Prepared<S, T, Snapshot>[],
  attempts: Attempts,
  work: (context: JobContext, member: Prepared<S, T, Snapshot>) => Promise<void>,
): Promise<readonly Prepared<S, T, Snapshot>[]> {
  const done: Prepared<S, T, Snapshot>[] = [];
  for (const member of members) {
    if (await attempts.one(member.source.name, (within) => work(within, member))) done.push(member);
  }
  return done;
}

/** Before the hooks, so that nobody is held up by it. */
async function tellDoubts<S extends Source<Snapshot>, Snapshot extends SourceSnapshot>(
  { emit, signal }: JobContext,
  group: SourceGroup<S, Snapshot>,
): Promise<void> {
  let doubts: readonly string[];
  try {
    doubts = await group.doubts(signal);
  } catch (error) {
    signal.throwIfAborted();
    doubts = [reportError(error).message];
  }
  for (const message of doubts) {
    emit({ type: 'warning', source: null, code: 'group-doubt', message, hint: DOUBT_HINT });
  }
}

async function make<S extends Source<Snapshot>, T extends Target, Snapshot extends SourceSnapshot>(
  { emit, signal }: JobContext,
  group: SourceGroup<S, Snapshot>,
  members: readonly Prepared<S, T, Snapshot>[],
  { first, nextName }: { readonly first: string; readonly nextName: (taken: string) => string },
): Promise<ReadonlyMap<string, Snapshot>> {
  if (members.length === 0) return new Map();
  const sources = members.map(({ source }) => source);
  for (let name = first; ; ) {
    try {
      const made = await group.createSnapshot(name, sources, signal);
      emit({
        type: 'group-snapshot',
        group: group.name,
        snapshot: name,
        sources: [...made.keys()],
      });
      return made;
    } catch (error) {
      if (!isNameTaken(error)) throw error;
      // Another job was quicker within this second: the claims must not stay, or it would pass for ours.
      name = nextName(name);
      for (const { target } of members) await target.claim(name, signal);
    }
  }
}

interface Made<S extends Source<Snapshot>, T extends Target, Snapshot extends SourceSnapshot> {
  readonly group: string;
  /** Those whose hooks before it were run, and did not fail. */
  readonly frozen: readonly Prepared<S, T, Snapshot>[];
  readonly made: ReadonlyMap<string, Snapshot>;
  /** Why it was not made; null when nothing failed. */
  readonly failure: unknown;
}

/** Runs the hooks after it, of all, whatever happened; then tells which sources have failed. */
async function thawed<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  { group, frozen, made, failure }: Made<S, T, Snapshot>,
  attempts: Attempts,
): Promise<ReadonlyMap<string, Snapshot>> {
  const snapshots = new Map<string, Snapshot>();
  const failed = new Map<string, unknown>();
  for (const member of frozen) {
    const { name } = member.source;
    const snapshot = made.get(name);
    if (snapshot === undefined) {
      const error = failure ?? leftGroup(name, group);
      await afterNoSnapshot(context, subjectOf(member), error);
      failed.set(name, error);
      continue;
    }
    const error = await afterSnapshot(context, subjectOf(member), snapshot.name);
    if (error === null) snapshots.set(name, snapshot);
    else failed.set(name, error);
  }
  context.signal.throwIfAborted();
  for (const [name, error] of failed) await attempts.one(name, () => Promise.reject(error));
  return snapshots;
}

function leftGroup(source: string, group: string): JobError {
  return new JobError({
    code: 'snapshot-missing',
    message: `${source} has no part in the snapshot of group ${group}: it has left the group meanwhile`,
    retry: 'reconnect',
    hint: 'A new run backs it up by itself if `source.select` matches it.',
  });
}

function subjectOf<S extends Source<Snapshot>, T extends Target, Snapshot extends SourceSnapshot>({
  source: { name, identity },
  target,
}: Prepared<S, T, Snapshot>): SnapshotSubject {
  return { source: name, kind: identity.kind, dataset: target.dataset };
}
