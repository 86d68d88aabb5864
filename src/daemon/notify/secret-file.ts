import { readFile, stat } from 'node:fs/promises';
import { DaemonError } from '../errors.ts';

const OTHERS = 0o007;

/** Reads a file that only some may. Throws a DaemonError (`notify-secret`) when it cannot be read, or others may. */
export async function readSecret(path: string): Promise<string> {
  const refuse = (why: string): DaemonError =>
    new DaemonError('notify-secret', `the file ${path} with a secret ${why}`);
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0)
      throw refuse(`can be used by others: mode 0${(mode & 0o777).toString(8)}`);
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof DaemonError) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw refuse(`cannot be read: ${code}`);
  }
}

/** Headers as lines `Name: value`. Throws as {@link readSecret} does. */
export async function readHeaders(path: string): Promise<Headers> {
  const headers = new Headers();
  const lines = (await readSecret(path)).split('\n').filter((line) => line.trim() !== '');
  for (const [index, line] of lines.entries()) {
    const colon = line.indexOf(':');
    try {
      headers.append(line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim());
    } catch {
      // What is in the line must not be in the message.
      throw new DaemonError('notify-secret', `line ${index + 1} of ${path} is no header`);
    }
  }
  return headers;
}
