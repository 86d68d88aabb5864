import { type Entry, joinPath, type TreePath } from '../../core/entry.ts';
import { JobError } from '../errors.ts';
import type { TreeWork } from './work.ts';

/** Whether the target needs an entry's name for itself. */
export function isReserved({ writer }: TreeWork, directory: TreePath, entry: Entry): boolean {
  return directory.length === 0 && writer.reserved.some((name) => name.equals(entry.name));
}

/** Counts such an entry among those that could not be copied. */
export async function refuseReserved(
  { failures, signal }: TreeWork,
  directory: TreePath,
  entry: Entry,
): Promise<void> {
  await failures.attempt(joinPath(directory, entry.name), signal, async () => {
    throw new JobError({
      code: 'entry-name',
      message: `the top of a target filesystem cannot have an entry named ${entry.name.toString()}`,
      retry: 'never',
      hint: 'Rename it on the source.',
    });
  });
}
