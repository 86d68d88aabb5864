import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import type { Attempts } from './attempts.ts';
import { type Prepared, prepare, transferAndTidy } from './back-up.ts';
import type { JobContext, JobKind } from './context.ts';
import type { SelectedGroup } from './select-groups.ts';
import { takeGroupSnapshot } from './take-group-snapshot.ts';

/** A source of a group that is ready for its snapshot. */
interface Member<S extends Source<Snapshot>, T extends Target, Snapshot extends SourceSnapshot>
  extends Prepared<S, T, Snapshot> {
  /** The source, and the lock of its targets. */
  readonly held: AsyncDisposableStack;
}

/**
 * Backs up the sources of a group. What was cut off of any of them is finished first; then one snapshot is
 * made of them all, and only then the first transfer of it begins. A source that fails leaves the others as they
 * are: they fit together without it.
 */
export async function backUpGroup<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  kind: JobKind<S, T, Snapshot>,
  { group, members: names }: SelectedGroup<S, Snapshot>,
  attempts: Attempts,
): Promise<void> {
  const { emit } = context;
  await using held = new AsyncDisposableStack();
  const members = new Map<string, Member<S, T, Snapshot>>();
  await attempts.each(names, async (within, name) => {
    emit({ type: 'transfer-phase', source: name, phase: 'planning' });
    const member = await makeReady(within, kind, name);
    held.use(member.held);
    members.set(name, member);
  });
  const ready = names.flatMap((name) => members.get(name) ?? []);
  const snapshots = await takeGroupSnapshot(context, group, ready, attempts);
  await attempts.each([...snapshots.keys()], async (within, name) => {
    const member = members.get(name);
    const snapshot = snapshots.get(name);
    if (member === undefined || snapshot === undefined) return;
    await using _ = member.held;
    await transferAndTidy(within, kind, member, snapshot);
    attempts.succeeded();
  });
}

async function makeReady<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(
  context: JobContext,
  kind: JobKind<S, T, Snapshot>,
  name: string,
): Promise<Member<S, T, Snapshot>> {
  await using stack = new AsyncDisposableStack();
  stack.use(await kind.targets.lock(name));
  const source = stack.use(await kind.sources.open(name, context.signal));
  const prepared = await prepare(context, kind, source);
  return { ...prepared, held: stack.move() };
}
