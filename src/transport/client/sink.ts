import type { ListedDataset } from '../../core/backup-list.ts';
import type { TargetCatalog } from '../../core/target.ts';
import type { TreeTarget } from '../../core/tree.ts';
import type { VolumeTarget } from '../../core/volume.ts';
import { createCaller } from './caller.ts';
import { createRemoteCatalog, namer, type Remote } from './catalog.ts';
import { createPacker } from './compression/packer.ts';
import { createHttp } from './http.ts';
import { createKeeper } from './keeper.ts';
import type { SinkClientOptions } from './options.ts';
import { beginTree } from './tree-writer.ts';
import { beginVolume } from './volume-writer.ts';

/** The volumes of a sink, each with the backups of an image. */
export function createRemoteVolumes(options: SinkClientOptions): TargetCatalog<VolumeTarget> {
  const remote = connect(options);
  const on = { kind: 'volumes' } as const;
  return createRemoteCatalog<VolumeTarget>(remote, on, (target) => ({
    ...target,
    begin: (order, signal) => beginVolume(remote, target.dataset, order, signal),
  }));
}

/** The filesystems of a sink, each with the backups of a directory tree of one filesystem of Ceph. */
export function createRemoteTrees(
  options: SinkClientOptions,
  filesystem: string,
): TargetCatalog<TreeTarget> {
  const remote = connect(options);
  const on = { kind: 'trees', filesystem } as const;
  return createRemoteCatalog<TreeTarget>(remote, on, (target) => ({
    ...target,
    begin: (order, signal) => beginTree(remote, on, target.dataset, order, signal),
  }));
}

/** Somebody waits for a list: how long it is tried to reach the sink, in milliseconds. */
const LIST_RECONNECT_MS = 5000;

/** All backups of this client that a sink has, by the name of the dataset. */
export async function listRemote(
  options: SinkClientOptions,
  signal: AbortSignal,
): Promise<readonly ListedDataset[]> {
  const patience = { reconnectMs: LIST_RECONNECT_MS, ...options.patience };
  const { http, caller } = connect({ ...options, patience });
  try {
    const name = await namer({ caller }, signal);
    const { datasets } = await caller.call('list', {}, signal);
    return datasets.map((listed) => ({ ...listed, dataset: name(listed.dataset) }));
  } finally {
    http.close();
  }
}

function connect(options: SinkClientOptions): Remote {
  const http = createHttp(options);
  const caller = createCaller(http);
  const { compress = 'auto' } = options;
  const packer = compress === 'never' ? null : createPacker(compress);
  return { http, caller, keeper: createKeeper(caller), locks: new Map(), packer };
}
