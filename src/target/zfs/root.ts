import { zfs } from './command.ts';
import { ZfsError } from './errors.ts';

/** What has to be known of a job's target dataset before anything is made beneath it. */
export interface RootFacts {
  readonly compression: string;
}

/** Whether datasets can be made beneath `root`; throws an error that says why not. */
export async function checkRoot(root: string, signal: AbortSignal): Promise<RootFacts> {
  const wanted = 'type,compression,keystatus,readonly';
  const args = ['get', '-Hp', '-o', 'value', wanted, root];
  const output = await zfs(args, signal).catch((error: unknown) => missing(root, error));
  const [type, compression = '', keystatus] = output.split('\n');
  if (type !== 'filesystem') {
    throw new ZfsError({
      code: 'dataset-kind',
      message: `the target dataset ${root} is a ${type}; it must be a filesystem, which can hold others`,
      retry: 'never',
      hint: 'Set `target.dataset` to a filesystem.',
    });
  }
  if (keystatus === 'unavailable') {
    throw new ZfsError({
      code: 'key-not-loaded',
      message: `the encryption key of the target dataset ${root} is not loaded`,
      retry: 'never',
      hint: `Load it with \`zfs load-key ${root}\`, then run the job again.`,
    });
  }
  return { compression };
}

function missing(root: string, error: unknown): never {
  if (!(error instanceof ZfsError) || error.code !== 'dataset-missing') throw error;
  throw new ZfsError({
    code: 'dataset-missing',
    message: `the target dataset ${root} does not exist`,
    retry: 'never',
    hint: `Make it with \`zfs create ${root}\`, import its pool, or correct \`target.dataset\`.`,
    cause: error,
  });
}
