import { Ceph2zfsError, type RetryClass } from '../../core/errors.ts';

export type ZfsErrorCode =
  | 'zfs-missing'
  | 'zfs-failed'
  | 'dataset-missing'
  | 'dataset-exists'
  | 'dataset-name'
  | 'dataset-kind'
  | 'permission-denied'
  | 'pool-full'
  | 'key-not-loaded'
  | 'zvol-busy'
  | 'zvol-device'
  | 'filesystem-busy'
  | 'mount-failed'
  | 'target-busy'
  | 'target-changed'
  | 'write-failed'
  | 'entry-name'
  | 'entry-unwritable'
  | 'record-invalid';

/** Everything that can go wrong on the ZFS side. */
export class ZfsError extends Ceph2zfsError<ZfsErrorCode> {}

interface Class {
  readonly pattern: RegExp;
  readonly code: ZfsErrorCode;
  readonly retry: RetryClass;
  readonly hint?: string;
}

// The tools have no error codes that a program could read: their words are all there is. They run
// with LC_ALL=C, so that these are the words.
const CLASSES: readonly Class[] = [
  {
    pattern: /dataset does not exist|could not find any snapshots/,
    code: 'dataset-missing',
    retry: 'never',
  },
  { pattern: /dataset already exists/, code: 'dataset-exists', retry: 'never' },
  {
    pattern:
      /out of space|no space left|greater than available space|exceeds (?:the )?(?:available|quota)|quota exceeded/i,
    code: 'pool-full',
    retry: 'backoff',
    hint: 'Free space in the pool or raise the quota, then run the job again: it continues.',
  },
  {
    pattern: /key (?:is )?not loaded|keys? must be loaded|encryption key/i,
    code: 'key-not-loaded',
    retry: 'never',
    hint: 'Load the key with `zfs load-key`, then run the job again.',
  },
  {
    pattern: /permission denied/i,
    code: 'permission-denied',
    retry: 'never',
    hint: 'Run as root, or give the user the rights with `zfs allow`.',
  },
  { pattern: /dataset is busy|pool or dataset is busy/, code: 'zvol-busy', retry: 'backoff' },
  {
    pattern: /more recent snapshots|use '-r' to force deletion/,
    code: 'target-changed',
    retry: 'never',
    hint: 'Destroy or move the newer snapshots that something else made on the target dataset.',
  },
];

/** The error for a `zfs` or `zpool` command that failed; its words are told whole. */
export function commandError(
  command: readonly string[],
  told: { readonly stderr: string; readonly ending: string; readonly cause: unknown },
): ZfsError {
  const words = told.stderr.trim();
  const known = CLASSES.find((entry) => entry.pattern.test(words));
  return new ZfsError({
    code: known?.code ?? 'zfs-failed',
    retry: known?.retry ?? 'never',
    hint: known?.hint,
    message: `\`${command.join(' ')}\` ${told.ending}: ${words === '' ? 'it said nothing' : words}`,
    cause: told.cause,
  });
}

/** Node's error for a failed system call has these. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
