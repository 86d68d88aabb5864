import { setProperties, zfs } from './command.ts';

/** Sets ZFS's `quota` of a dataset in bytes, unless that is what it is. Throws a ZfsError. */
export async function setQuota(dataset: string, bytes: number, signal: AbortSignal): Promise<void> {
  const now = await zfs(['get', '-Hp', '-o', 'value', 'quota', dataset], signal);
  if (now !== String(bytes)) await setProperties(dataset, { quota: String(bytes) }, signal);
}
