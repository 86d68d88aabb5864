import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { flock } from './libc.ts';

/**
 * Takes the lock of a file, which is made if it is not there; null when another process has it. The kernel gives it
 * back when the process ends, however it ends. No symbolic link is followed.
 */
export async function lockFile(path: string): Promise<AsyncDisposable | null> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    if (flock(file.fd)) return { [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return null;
}
