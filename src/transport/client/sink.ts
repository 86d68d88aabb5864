import type { TargetCatalog } from '../../core/target.ts';
import type { TreeTarget } from '../../core/tree.ts';
import type { VolumeTarget } from '../../core/volume.ts';
import { createCaller } from './caller.ts';
import { createRemoteCatalog, type Remote } from './catalog.ts';
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

function connect(options: SinkClientOptions): Remote {
  const http = createHttp(options);
  const caller = createCaller(http);
  const { compress = 'auto' } = options;
  const packer = compress === 'never' ? null : createPacker(compress);
  return { http, caller, keeper: createKeeper(caller), locks: new Map(), packer };
}
