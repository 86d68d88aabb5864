import type { Cluster } from '../../native/rados.ts';
import { monitorCommand } from '../../native/rados-command.ts';
import { CephError } from '../ceph/errors.ts';
import { translatingCephfs } from './translate.ts';

export interface Filesystem {
  readonly name: string;
  /** Its fscid: unlike the name it is never used again. */
  readonly id: number;
}

/** What `ceph fs dump` tells, of which a restricted user sees only what is its own. */
interface FilesystemDump {
  readonly default_fscid: number;
  readonly filesystems: readonly {
    readonly id: number;
    readonly mdsmap: { readonly fs_name: string };
  }[];
}

/**
 * Finds the filesystem of this name, or the cluster's default one. libcephfs would mount the default
 * one without a name, but then does not know its id.
 */
export async function findFilesystem(
  cluster: Cluster,
  name: string | undefined,
): Promise<Filesystem> {
  const what = 'cannot list the filesystems of the cluster';
  const text = await translatingCephfs({ what }, () =>
    monitorCommand(cluster, { prefix: 'fs dump' }),
  );
  return chooseFilesystem(JSON.parse(text) as FilesystemDump, name);
}

export function chooseFilesystem(dump: FilesystemDump, name: string | undefined): Filesystem {
  const all = dump.filesystems.map(({ id, mdsmap }) => ({ id, name: mdsmap.fs_name }));
  const names = all.map((one) => one.name).join(', ');
  if (all.length === 0) {
    throw new CephError('filesystem-missing', 'the cluster has no CephFS that the user may see');
  }
  if (name !== undefined) {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    const message = `there is no filesystem ${name}; the cluster has: ${names}`;
    throw new CephError('filesystem-missing', message);
  }
  const found = all.length === 1 ? all[0] : all.find(({ id }) => id === dump.default_fscid);
  if (found !== undefined) return found;
  const message = `the cluster has no default filesystem, but has: ${names}`;
  throw new CephError('filesystem-missing', message, {
    hint: 'Name the filesystem in the configuration.',
  });
}
