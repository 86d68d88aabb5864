import type { TargetCatalog } from '../../../core/target.ts';
import type { TreeTarget } from '../../../core/tree.ts';
import { parseTreeDataset, treeDataset } from '../dataset-name.ts';
import { createDatasets } from '../datasets.ts';
import { adoptFilesystem } from './adopt.ts';
import { createFilesystem, EXACT_NAMES, filesystemProperties } from './filesystem.ts';
import { createTreeTarget, type TreeOptions } from './target.ts';

export interface TreeCatalogOptions extends TreeOptions {
  /** The job's target dataset. */
  readonly root: string;
  /** Name of the CephFS. */
  readonly filesystem: string;
  /** ZFS properties for new filesystems. */
  readonly properties: Readonly<Record<string, string>>;
  readonly lockDir?: string;
}

/** Filesystems beneath one root, each with the backups of a directory of one CephFS, by its absolute path. */
export function createTreeCatalog(options: TreeCatalogOptions): TargetCatalog<TreeTarget> {
  const { root, filesystem, lockDir } = options;
  return createDatasets({
    root,
    lockDir,
    name: (source, generation) => treeDataset(root, filesystem, source, generation),
    parse: (dataset) => {
      const parsed = parseTreeDataset(root, dataset);
      return parsed?.filesystem === filesystem ? parsed : null;
    },
    open: (dataset) => createTreeTarget(dataset, options),
    parentProperties: EXACT_NAMES,
    clash: {
      message: (dataset, source) =>
        `${dataset} would hold the backups of ${source}, but something else is there`,
      hint: 'Rename it, or give the job another `target.dataset`.',
    },
    make: async ({ dataset, identity, facts, signal }) => {
      const own = await filesystemProperties(facts, root, options.properties, signal);
      await createFilesystem(dataset, { ...own, ...identity }, signal);
    },
    adopt: async ({ dataset, identity, facts, signal }) => {
      const own = await filesystemProperties(facts, root, options.properties, signal);
      await adoptFilesystem(dataset, { ...own, ...identity }, signal);
    },
  });
}
