import type { TreeOrder } from '../../../core/tree.ts';
import { newerThan, requireNoneNewer, rollback, writtenSince } from '../rewind.ts';
import { listSnapshots } from '../state.ts';

/**
 * Puts a filesystem back to its base, unless what was written since is to be continued. Tells whether it is
 * now the base and nothing else.
 */
export async function rewindTree(
  dataset: string,
  { base, resume }: Pick<TreeOrder, 'base' | 'resume'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (base === null) return false;
  // After a power loss what was written last comes only with the mount, out of the intent log: until then it
  // looks as if nothing had been.
  if (resume) return false;
  const newer = newerThan(dataset, base, await listSnapshots(dataset, signal));
  const written = await writtenSince(dataset, base, signal);
  if (written === 0) return true;
  const names = newer.map(({ name }) => name);
  requireNoneNewer(dataset, base, names, written);
  await rollback(dataset, base, signal);
  return true;
}
