import type { EntryType } from '../../../core/entry.ts';
import {
  chmodAt,
  chmodFd,
  chownAt,
  chownFd,
  setTimesAt,
  setTimesFd,
} from '../../../native/libc-files.ts';
import { type Stat, statEntry, statFd } from '../../../native/libc-stat.ts';
import { entryPath, type XattrPlace } from '../../../native/libc-xattr.ts';

/** An entry whose metadata is set: files and directories are open, all else can only be named. */
export interface Place {
  /** Valid until the next call. */
  xattrs(): XattrPlace;
  stat(): Stat | null;
  chown(uid: number, gid: number): void;
  /** Not for a symlink, which has no mode. */
  chmod(mode: number): void;
  /** Nanoseconds since 1970. */
  setTimes(atime: bigint, mtime: bigint): void;
}

export function openPlace(fd: number): Place {
  return {
    xattrs: () => fd,
    stat: () => statFd(fd),
    chown: (uid, gid) => chownFd(fd, uid, gid),
    chmod: (mode) => chmodFd(fd, mode),
    setTimes: (atime, mtime) => setTimesFd(fd, atime, mtime),
  };
}

export function namedPlace(directory: number, name: Buffer): Place {
  return {
    xattrs: () => entryPath(directory, name),
    stat: () => statEntry(directory, name),
    chown: (uid, gid) => chownAt(directory, name, uid, gid),
    chmod: (mode) => chmodAt(directory, name, mode),
    setTimes: (atime, mtime) => setTimesAt(directory, name, atime, mtime),
  };
}

/** Whether an entry of the type can be opened without anything happening. */
export function isOpenable(type: EntryType): boolean {
  return type === 'file' || type === 'directory';
}
