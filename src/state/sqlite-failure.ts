import { dirname } from 'node:path';
import { systemHint } from '../lib/system-hint.ts';
import { ForeignDatabase } from './migrations.ts';

/** SQLite's result codes, without what they are extended by. */
const BUSY = 5;
const READONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** Whether the file itself is what is wrong, and stays so: it is no database of ours, or a broken one. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return error instanceof ForeignDatabase || code === CORRUPT || code === NOT_A_DATABASE;
}

/**
 * Whether what was to be written is to blame, so that it would fail again: something that the schema refuses, or that
 * is no value for SQLite at all. Else it is the file or the disk.
 */
export function isRefused(error: unknown): boolean {
  if (isDamage(error)) return false;
  const code = resultCode(error);
  if (code === null) return !(error instanceof Error && 'syscall' in error);
  return ![BUSY, READONLY, IO_ERROR, FULL, CANNOT_OPEN].includes(code);
}

/** What the operator can do when the database at this path cannot be opened, read or written. */
export function historyHint(error: unknown, path: string): string {
  if (isRefused(error)) return 'Please report it.';
  const directory = dirname(path);
  switch (resultCode(error)) {
    case FULL:
      return `Free space on the filesystem of ${directory}.`;
    case READONLY:
      return `See whether ${directory} is mounted for writing, and ${path} is the daemon's own.`;
    case BUSY:
      return `Another process holds ${path}: \`fuser -v ${path}\` shows which; end it.`;
    default:
      return systemHint(error, path);
  }
}

/** SQLite's code without its extension; null when the error is not SQLite's. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error && 'errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}
