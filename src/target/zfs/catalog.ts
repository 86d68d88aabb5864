import type { TargetCatalog } from '../../core/target.ts';
import type { VolumeTarget } from '../../core/volume.ts';
import { datasetName, parseDatasetName } from './dataset-name.ts';
import { createDatasets } from './datasets.ts';
import { createZvolTarget, type ZvolOptions } from './volume.ts';
import { createZvol } from './zvol.ts';

export interface ZfsCatalogOptions extends ZvolOptions {
  /** The job's target dataset. */
  readonly root: string;
  /** ZFS properties for new volumes. */
  readonly properties: Readonly<Record<string, string>>;
  /** For new volumes, in bytes. */
  readonly blockSize: number;
  readonly lockDir?: string;
}

/** Volumes beneath one root, each with the backups of an image. */
export function createZfsCatalog(options: ZfsCatalogOptions): TargetCatalog<VolumeTarget> {
  const { root, lockDir } = options;
  return createDatasets({
    root,
    lockDir,
    name: (source, generation) => datasetName(root, source, generation),
    parse: (dataset) => parseDatasetName(root, dataset),
    open: (dataset) => createZvolTarget(dataset, options),
    adopt: null,
    parentProperties: {},
    clash: {
      message: (dataset, source) =>
        `${dataset} would hold the backups of ${source}, but a namespace's datasets lie there`,
      hint: 'An image and a namespace of one pool share a name: give one of them a job with another target dataset.',
    },
    make: ({ dataset, identity, facts, signal }) => {
      const properties = {
        // Blocks of zeros become holes only where compression is on.
        ...(facts.compression === 'off' ? { compression: 'on' } : {}),
        ...options.properties,
        ...identity,
      };
      return createZvol(dataset, options.blockSize, properties, signal);
    },
  });
}
