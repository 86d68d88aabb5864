import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** Where the daemon is controlled when the configuration says nothing. */
export const DEFAULT_SOCKET = '/run/ceph2zfs/daemon.sock';

/**
 * The daemon's socket, as a configuration has it. Also of one that is invalid otherwise: a daemon goes on with the one
 * before, and must be asked about it. Who may not read the file gets the default.
 */
export async function findSocket(file: string): Promise<string> {
  try {
    const raw: unknown = parse(await readFile(file, 'utf8'), {
      maxAliasCount: 0,
      logLevel: 'silent',
    });
    const socket: unknown = Object(Object(raw)['daemon'])['socket'];
    return typeof socket === 'string' ? socket : DEFAULT_SOCKET;
  } catch {
    return DEFAULT_SOCKET;
  }
}
