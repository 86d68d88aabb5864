import { readFile } from 'node:fs/promises';
import { DaemonError } from './errors.ts';

/** Id of a group of this machine. Throws a DaemonError (`unknown-group`) when there is none of this name. */
export async function groupId(name: string, file = '/etc/group'): Promise<number> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'));
  const id = Number(lines.find(([known]) => known === name)?.[2] ?? Number.NaN);
  if (Number.isSafeInteger(id)) return id;
  throw new DaemonError('unknown-group', `there is no group "${name}" in ${file}`);
}
