import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from '../native/lock-file.ts';
import { fileError, PkiError } from './errors.ts';

/** Another command that makes a certificate is done within a fraction of this. */
const WAIT_MS = 10_000;
const POLL_MS = 50;

/**
 * Keeps other commands from changing an authority; the kernel gives the lock back when the process ends. Throws a PkiError:
 * `pki-busy` when another process has had it for `waitMs` milliseconds, `pki-failed` when the file cannot be made.
 */
export async function lockAuthority(path: string, waitMs = WAIT_MS): Promise<AsyncDisposable> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const lock = await take(path);
    if (lock !== null) return lock;
    if (performance.now() >= giveUpAt) break;
    await sleep(POLL_MS);
  }
  throw new PkiError(
    'pki-busy',
    `another command changes the certificate authority (it holds ${path})`,
    'Wait for it to end, then run the command again.',
  );
}

async function take(path: string): Promise<AsyncDisposable | null> {
  try {
    return await lockFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
}
