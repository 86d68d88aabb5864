import type { Piece } from '../../core/extent.ts';
import { zfs } from './command.ts';
import { errnoOf, ZfsError } from './errors.ts';

/** Less room than this, in bytes, and an I/O error of a zvol means a full pool. */
const NEARLY_NOTHING = 16 * 1024 * 1024;

/** Throws what a failed write to a zvol means to the operator. */
export async function writeError(
  dataset: string,
  piece: Piece | null,
  error: unknown,
): Promise<never> {
  const errno = errnoOf(error);
  if (error instanceof ZfsError || (errno === undefined && !(error instanceof Error))) throw error;
  const where = piece === null ? '' : ` at offset ${piece.offset} (${piece.length} bytes)`;
  if (errno === 'ENOSPC' || errno === 'EDQUOT' || (await hasNoRoom(dataset))) {
    throw new ZfsError({
      code: 'pool-full',
      message: `the pool or quota of ${dataset} is full: writing${where} failed`,
      retry: 'backoff',
      hint: 'Free space in the pool or raise the quota, then run the job again: it continues.',
      cause: error,
    });
  }
  throw new ZfsError({
    code: 'write-failed',
    message: `writing to the zvol ${dataset}${where} failed`,
    retry: 'reconnect',
    hint: 'See `zpool status` and the kernel log, then run the job again: it continues.',
    cause: error,
  });
}

/** A zvol often tells no more than EIO when the pool is full. */
async function hasNoRoom(dataset: string): Promise<boolean> {
  try {
    const args = ['get', '-Hp', '-o', 'value', 'available', dataset];
    return Number(await zfs(args, AbortSignal.timeout(10_000))) < NEARLY_NOTHING;
  } catch {
    return false;
  }
}
