import { Ceph2zfsError } from '../core/errors.ts';
import { freeSnapshotName } from '../core/snapshot-name.ts';
import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target, TargetState } from '../core/target.ts';
import type { JobContext } from './context.ts';
import { JobError } from './errors.ts';
import { withSnapshotHooks } from './hooks/around-snapshot.ts';

/**
 * Makes a snapshot of the source, between its hooks. Its name is claimed on the target before, so that it is known to
 * be ours even if this process dies before it learns that the snapshot was made. `states`: all of the source's
 * target datasets.
 */
export async function takeSnapshot<Snapshot extends SourceSnapshot>(
  context: JobContext,
  source: Source<Snapshot>,
  target: Target,
  states: readonly TargetState[],
): Promise<Snapshot> {
  const { options, signal, now } = context;
  const onSource = await source.snapshots(signal);
  // Both sides get the name. A clock that went back would give one again that the target still has.
  const onTarget = states.flatMap(({ snapshots }) => snapshots);
  const names = new Set([...onSource, ...onTarget].map(({ name }) => name));
  const claimName = async (): Promise<string> => {
    const name = freeSnapshotName(options.prefix, now(), names);
    await target.claim(name, signal);
    return name;
  };
  const claimed = await claimName();
  const { name, identity } = source;
  const subject = { source: name, kind: identity.kind, dataset: target.dataset };
  return withSnapshotHooks(context, subject, claimed, async () => {
    for (let name = claimed; ; name = await claimName()) {
      try {
        return await source.createSnapshot(name, signal);
      } catch (error) {
        if (!isNameTaken(error)) throw error;
        // Another job was quicker within this second: the claim must not stay, or it would pass for ours.
        names.add(name);
      }
    }
  });
}

export function isNameTaken(error: unknown): boolean {
  return error instanceof Ceph2zfsError && error.code === 'snapshot-exists';
}

/**
 * A removed snapshot may go on answering, with zeros or with what the source is by now, and nobody
 * says so: what was read is right only if the snapshot is still there. An id is never used again.
 */
export async function proveStillThere(
  source: Source,
  taken: SourceSnapshot,
  signal: AbortSignal,
): Promise<void> {
  const snapshots = await source.snapshots(signal);
  if (snapshots.some(({ id }) => id === taken.id)) return;
  throw new JobError({
    code: 'snapshot-missing',
    message: `somebody removed the snapshot ${source.name}@${taken.name} (id ${taken.id}) while it was copied`,
    retry: 'reconnect',
    hint: 'Nothing was committed; a new run starts from what is left.',
  });
}
