import { errnoCode } from './system-hint.ts';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
  ['ENOTDIR', 'a part of the path is not a directory'],
]);

/** Why a file cannot be read, in words; null when the error has to speak for itself. */
export function readFailure(error: unknown): string | null {
  return REASONS.get(errnoCode(error)) ?? null;
}
