import { zfs } from './command.ts';
import { ZfsError } from './errors.ts';

/** What has to be known of the dataset of a job or a client before anything is made beneath it. */
export interface RootFacts {
  readonly compression: string;
}

/** Whether datasets can be made beneath `root`; throws an error that says why not. */
export async function checkRoot(root: string, signal: AbortSignal): Promise<RootFacts> {
  const wanted = 'type,compression,keystatus,readonly';
  const args = ['get', '-Hp', '-o', 'value', wanted, root];
  const output = await zfs(args, signal).catch((error: unknown) => missing(root, error));
  const [type, compression = '', keystatus = ''] = output.split('\n');
  if (type !== 'filesystem') {
    throw new ZfsError({
      code: 'dataset-kind',
      message: `the target dataset ${root} is a ${type}; it must be a filesystem, which can hold others`,
      retry: 'never',
      hint: 'Set `dataset` in the configuration to a filesystem.',
    });
  }
  requireKey(root, keystatus);
  return { compression };
}

/** Throws unless the dataset is not encrypted, or its key is loaded; `keyStatus` is ZFS's property. */
export function requireKey(dataset: string, keyStatus: string): void {
  if (keyStatus !== 'unavailable') return;
  throw new ZfsError({
    code: 'key-not-loaded',
    message: `the encryption key of the target dataset ${dataset} is not loaded`,
    retry: 'never',
    hint: `Load it with \`zfs load-key ${dataset}\`, then run the job again.`,
  });
}

function missing(root: string, error: unknown): never {
  if (!(error instanceof ZfsError) || error.code !== 'dataset-missing') throw error;
  throw new ZfsError({
    code: 'dataset-missing',
    message: `the target dataset ${root} does not exist`,
    retry: 'never',
    hint: `Make it with \`zfs create ${root}\`, import its pool, or correct \`dataset\` in the configuration.`,
    cause: error,
  });
}
