import type { SourceCatalog } from '../../core/source.ts';
import type { TargetCatalog } from '../../core/target.ts';
import type { DirectorySnapshot, TreeSource, TreeTarget } from '../../core/tree.ts';
import type { BufferPool } from '../../lib/buffer-pool.ts';
import type { JobKind } from '../context.ts';
import { transferTree } from './transfer.ts';
import type { ScanOptions } from './watermark.ts';

/** What a job asks for when it backs up trees. */
export interface TreeOptions {
  readonly scan: ScanOptions;
  /** What an entry that cannot be copied means: no backup, or a partial one. */
  readonly onError: 'fail' | 'skip';
  /** Directories that are walked at a time. */
  readonly directories: number;
  /** Entries that are written at a time. */
  readonly entries: number;
  /** Reads in flight of one large file. */
  readonly depth: number;
  /** Buffers for the bytes of large files. */
  readonly pool: BufferPool;
}

export interface TreeParts extends TreeOptions {
  readonly sources: SourceCatalog<TreeSource, DirectorySnapshot>;
  readonly targets: TargetCatalog<TreeTarget>;
}

/** Directory trees to filesystems. */
export function treeKind({
  sources,
  targets,
  ...options
}: TreeParts): JobKind<TreeSource, TreeTarget, DirectorySnapshot> {
  return {
    nouns: 'directories',
    selectHint:
      'Patterns are absolute paths of directories in the filesystem, such as `/home` or `/volumes/*/*`.',
    sources,
    targets,
    transfer: (context, transfer) => transferTree(context, options, transfer),
    // How much an increment reads is only known when it is scanned, and that is most of the work.
    estimate: async ({ signal }, source, plan) => (plan.base === null ? source.size(signal) : null),
  };
}
