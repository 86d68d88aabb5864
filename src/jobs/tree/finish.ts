import { Group } from '../../lib/slots.ts';
import type { TreeWork } from './work.ts';
import type { Unfinished } from './worklist.ts';

const BATCH = 1000;

/** Sets the metadata of a directory in which nothing changes any more, and puts it on record. */
export async function finishDirectory(work: TreeWork, directory: Unfinished): Promise<void> {
  const { snapshot, writer, failures, signal } = work;
  const { path, entry, links } = directory;
  await failures.attempt(path, signal, async () => {
    const details = await snapshot.details(path, entry, 0, signal);
    await writer.setMetadata(path, entry, details, links, signal);
  });
}

/** Does so for all that were put off until now. */
export async function finishDirectories(work: TreeWork): Promise<void> {
  const { worklist, entries } = work;
  for (;;) {
    const some = worklist.takeUnfinished(BATCH);
    if (some.length === 0) return;
    const group = new Group();
    try {
      for (const directory of some) {
        await group.queue(entries, () => finishDirectory(work, directory));
      }
    } finally {
      await group.done();
    }
    work.tell();
  }
}
