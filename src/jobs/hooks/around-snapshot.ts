import { reportError } from '../../core/errors.ts';
import type { SourceSnapshot } from '../../core/source.ts';
import type { JobError } from '../errors.ts';
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
  await beforeSnapshot(context, subject, name);
  let snapshot: Snapshot;
  try {
    snapshot = await make();
  } catch (failure) {
    await afterNoSnapshot(context, subject, failure);
    throw failure;
  }
  const error = await afterSnapshot(context, subject, snapshot.name);
  if (error !== null) throw error;
  return snapshot;
}

/** Runs the hooks before a snapshot. When one of them fails, those after it are run as well, and it throws. */
export async function beforeSnapshot(
  context: HookContext,
  subject: SnapshotSubject,
  name: string,
): Promise<void> {
  context.signal.throwIfAborted();
  try {
    await runBeforeHooks(context, { hook: 'before_snapshot', ...subject, snapshot: name });
  } catch (failure) {
    await afterNoSnapshot(context, subject, failure);
    throw failure;
  }
}

/** Runs the hooks after a snapshot that was made; see {@link runAfterHooks} for what it returns. */
export function afterSnapshot(
  context: HookContext,
  subject: SnapshotSubject,
  name: string,
): Promise<JobError | null> {
  const made = { snapshot: name };
  return runAfterHooks(context, { hook: 'after_snapshot', ...subject, made }, true);
}

/** Runs the hooks after a snapshot that was not made. */
export async function afterNoSnapshot(
  context: HookContext,
  subject: SnapshotSubject,
  failure: unknown,
): Promise<void> {
  const made = { error: reportError(failure).message };
  await runAfterHooks(context, { hook: 'after_snapshot', ...subject, made }, false);
}
