import { dirname } from 'node:path';

/** The system's name of what went wrong, such as `ENOSPC`; else the error's words. */
export function errnoCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** What the operator can do about a call on a file that the system refused. */
export function systemHint(error: unknown, path: string): string {
  const directory = dirname(path);
  switch (errnoCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `Free space on the filesystem of ${directory}, or raise its quota.`;
    case 'EROFS':
      return `The filesystem of ${directory} is read-only: see the kernel's log, and mount it for writing.`;
    case 'EACCES':
    case 'EPERM':
      return `Let the user that ceph2zfs runs as write in ${directory}, and own ${path}.`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `Make the directory ${directory}.`;
    case 'ELOOP':
      return `${path} is a symbolic link: put the file itself there, or name where it is.`;
    case 'EISDIR':
    case 'EINVAL':
      return `${path} is no regular file: move it away.`;
    default:
      return `See the kernel's log (dmesg) and whether ${directory} can be written.`;
  }
}
