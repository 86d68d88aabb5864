import { setProperties, zfs, zpool } from '../command.ts';
import { ZfsError } from '../errors.ts';
import { type RootFacts, requireKey } from '../root.ts';

/** How long tidying up may take when the run itself was cancelled already. */
const TIDY_MS = 30_000;

/** Puts a filesystem back to rest, also after the run's own signal was aborted. */
export async function protect(dataset: string): Promise<void> {
  await setProperties(dataset, { readonly: 'on' }, AbortSignal.timeout(TIDY_MS));
}

/** Settings that can only be chosen when a filesystem is made: names are bytes, and stay what they are. */
export const EXACT_NAMES = {
  casesensitivity: 'sensitive',
  normalization: 'none',
  utf8only: 'off',
} as const;

/**
 * Properties of a filesystem that holds a tree. It may be full of other machines' set-user-id programs: should it
 * ever be mounted by itself, nothing in it can be run. Attributes lie with their files, as our records do.
 */
export async function filesystemProperties(
  { compression }: RootFacts,
  root: string,
  configured: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  return {
    setuid: 'off',
    exec: 'off',
    devices: 'off',
    xattr: 'sa',
    acltype: 'posix',
    atime: 'off',
    ...((await hasLargeDnodes(root, signal)) ? { dnodesize: 'auto' } : {}),
    // Blocks of zeros become holes only where compression is on.
    ...(compression === 'off' ? { compression: 'on' } : {}),
    ...configured,
    readonly: 'on',
    canmount: 'noauto',
  };
}

/** Attributes of more than some 100 bytes lie in a larger dnode, if the pool has this feature. */
async function hasLargeDnodes(root: string, signal: AbortSignal): Promise<boolean> {
  const pool = root.split('/')[0] ?? root;
  const args = ['get', '-Hp', '-o', 'value', 'feature@large_dnode', pool];
  return ['enabled', 'active'].includes((await zpool(args, signal)).trim());
}

export async function createFilesystem(
  dataset: string,
  properties: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const all = { ...EXACT_NAMES, ...properties };
  const options = Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await zfs(['create', ...options, dataset], signal);
}

/** Throws unless a filesystem can be written to. Tells how many bytes its blocks have. */
export async function requireFilesystem(dataset: string, signal: AbortSignal): Promise<number> {
  const wanted = 'type,keystatus,recordsize,casesensitivity,normalization,utf8only';
  const output = await zfs(['get', '-Hp', '-o', 'value', wanted, dataset], signal);
  const [type = '', keyStatus = '', recordSize, ...names] = output.split('\n');
  if (type !== 'filesystem') {
    throw new ZfsError({
      code: 'dataset-kind',
      message: `${dataset} is a ${type}; a tree is backed up to a filesystem`,
      retry: 'never',
      hint: 'Rename it, or give the job another `target.dataset`.',
    });
  }
  requireKey(dataset, keyStatus);
  const exact = Object.values(EXACT_NAMES).join();
  if (names.join() !== exact) {
    throw new ZfsError({
      code: 'dataset-kind',
      message: `${dataset} does not keep names as they are: its ${Object.keys(EXACT_NAMES).join(', ')} are ${names.join(', ')} instead of ${exact}`,
      retry: 'never',
      hint: 'These can only be chosen when a filesystem is made: rename it, so that the next run makes another one.',
    });
  }
  return Number(recordSize);
}
