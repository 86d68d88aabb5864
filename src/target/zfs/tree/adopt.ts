import { nextNames } from '../../../native/libc-dents.ts';
import { setProperties, zfs } from '../command.ts';
import { ZfsError } from '../errors.ts';
import { PARENT_PROPERTY } from '../record.ts';
import { requireFilesystem } from './filesystem.ts';
import { mountPrivately } from './mount.ts';
import { CONTROL_DIRECTORY } from './names.ts';

/**
 * Makes the filesystem of a tree of one that was made to hold others only: `/home` may be backed up
 * after `/home/a` was. What a transfer finds in it counts as ours, so it must be empty.
 */
export async function adoptFilesystem(
  dataset: string,
  properties: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  await requireFilesystem(dataset, signal);
  await requireEmpty(dataset, signal);
  await setProperties(dataset, properties, signal);
  await zfs(['inherit', PARENT_PROPERTY, dataset], signal);
}

async function requireEmpty(dataset: string, signal: AbortSignal): Promise<void> {
  const mount = await mountPrivately(dataset, signal);
  try {
    for (;;) {
      const names = nextNames(mount.root);
      if (names === null) return;
      if (names.some(({ name }) => !name.equals(CONTROL_DIRECTORY))) break;
    }
  } finally {
    mount.close();
  }
  throw new ZfsError({
    code: 'dataset-kind',
    message: `${dataset} was made to hold the datasets beneath it, but there are files in it that are no backup`,
    retry: 'never',
    hint: `Move them elsewhere: mount it with \`mount -t zfs -o zfsutil ${dataset} /mnt\`.`,
  });
}
