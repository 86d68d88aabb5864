import type { Entry, EntryDetails } from '../../../core/entry.ts';
import { listXattrs, removeXattr, setXattr } from '../../../native/libc-xattr.ts';
import { isOwnXattr, SETTINGS_XATTR } from './entry-record.ts';
import type { Place } from './place.ts';

export interface MetadataOptions {
  /** It was made just now, and has no attributes that it was not given. */
  readonly isBare: boolean;
}

/**
 * Sets all metadata of an entry but its record. The order matters: to change the owner clears set-user-id bits
 * and file capabilities; an access list changes the mode, and has its last word; and whatever is done to
 * the entry must be done before its times are set.
 */
export function applyMetadata(
  place: Place,
  entry: Entry,
  details: EntryDetails,
  { isBare }: MetadataOptions,
): void {
  const wanted = wantedXattrs(details);
  if (!isBare) removeOthers(place, wanted);
  place.chown(entry.uid, entry.gid);
  if (entry.type !== 'symlink') place.chmod(entry.mode);
  for (const [name, value] of wanted.values()) setXattr(place.xattrs(), name, value);
  place.setTimes(entry.atime, entry.mtime);
}

type Wanted = ReadonlyMap<string, readonly [name: Buffer, value: Buffer]>;

function wantedXattrs({ xattrs, settings }: EntryDetails): Wanted {
  const wanted = new Map<string, readonly [Buffer, Buffer]>();
  for (const [name, value] of xattrs) {
    // The records of another backup, which was copied into this source: they say nothing about ours.
    if (!isOwnXattr(name)) wanted.set(name.toString('latin1'), [name, value]);
  }
  if (Object.keys(settings).length > 0) {
    const value = Buffer.from(JSON.stringify(settings));
    wanted.set(SETTINGS_XATTR.toString('latin1'), [SETTINGS_XATTR, value]);
  }
  return wanted;
}

function removeOthers(place: Place, wanted: Wanted): void {
  for (const name of listXattrs(place.xattrs())) {
    if (!wanted.has(name.toString('latin1')) && !isKept(name)) removeXattr(place.xattrs(), name);
  }
}

/** Our own record; and a label that the kernel of this machine gives to everything, and nobody can remove. */
function isKept(name: Buffer): boolean {
  return (isOwnXattr(name) && !name.equals(SETTINGS_XATTR)) || name.equals(SELINUX);
}

const SELINUX = Buffer.from('security.selinux');
