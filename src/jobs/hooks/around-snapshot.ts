import { reportError } from '../../core/errors.ts';
import type { SourceSnapshot } from '../../core/source.ts';
import type { SnapshotSubject } from './environment.ts';
import { type HookContext, runAfterHooks, runBeforeHooks } from './run-hooks.ts';

/**
 * Makes a snapshot between the hooks of its source. Once the first of them was begun, those after it are run whatever
 * happens: a hook fails, the snapshot fails, the run is cancelled. `name`: the one that the snapshot is to get.
 */
export async function withSnapshotHooks<Snapshot extends SourceSnapshot>(
  context: HookContext,
  subject: SnapshotSubject,
  name: string,
  make: () => Promise<Snapshot>,
): Promise<Snapshot> {
  context.signal.throwIfAborted();
  let snapshot: Snapshot;
  try {
    await runBeforeHooks(context, { hook: 'before_snapshot', ...subject, snapshot: name });
    snapshot = await make();
  } catch (failure) {
    const error = reportError(failure).message;
    await runAfterHooks(context, { hook: 'after_snapshot', ...subject, made: { error } }, false);
    throw failure;
  }
  const made = { snapshot: snapshot.name };
  const error = await runAfterHooks(context, { hook: 'after_snapshot', ...subject, made }, true);
  if (error !== null) throw error;
  return snapshot;
}
