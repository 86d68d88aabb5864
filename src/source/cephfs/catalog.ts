import type { SourceCatalog } from '../../core/source.ts';
import type { DirectorySnapshot, TreeSource } from '../../core/tree.ts';
import type { CephError } from '../ceph/errors.ts';
import { abortable } from '../ceph/operations.ts';
import { closeLate, settleCalls } from './closing.ts';
import { connectFilesystem, type FilesystemOptions, type OpenFilesystem } from './connect.ts';
import { CephfsDirectory } from './directory.ts';
import { findDirectory } from './same-directory.ts';
import { findDirectories } from './walk.ts';

export interface CephfsOptions extends FilesystemOptions {
  /** Patterns of absolute paths, as the job selects them: only where these lead is looked for directories. */
  readonly select: readonly string[];
}

/** Connects to a Ceph cluster and mounts one of its filesystems. */
export async function openCephfsCatalog(
  options: CephfsOptions,
  signal: AbortSignal,
): Promise<CephfsCatalog> {
  signal.throwIfAborted();
  const connecting = connectFilesystem(options);
  try {
    return new CephfsCatalog(await abortable(connecting, signal), options.select);
  } catch (error) {
    // Nobody waits for the connection any more, should it still come about.
    void closeLate(connecting);
    throw error;
  }
}

/** The directories of a filesystem that patterns select. */
export class CephfsCatalog implements SourceCatalog<TreeSource, DirectorySnapshot> {
  readonly #filesystem: OpenFilesystem;
  readonly #select: readonly string[];
  #problems: readonly CephError[] = [];

  constructor(filesystem: OpenFilesystem, select: readonly string[]) {
    this.#filesystem = filesystem;
    this.#select = select;
  }

  /** What the last {@link list} could not look into, or could not name. */
  get problems(): readonly CephError[] {
    return this.#problems;
  }

  list(signal: AbortSignal): Promise<readonly string[]> {
    const { context } = this.#filesystem;
    return context.operations.run(signal, async () => {
      const { names, problems } = await findDirectories(context, this.#select, signal);
      this.#problems = problems;
      if (names.length === 0 && problems[0] !== undefined) throw problems[0];
      return names;
    });
  }

  open(name: string, signal: AbortSignal): Promise<TreeSource> {
    const { context } = this.#filesystem;
    return context.operations.run(signal, async () => {
      const inode = String(await findDirectory(context, name));
      return new CephfsDirectory({
        filesystem: context,
        name,
        identity: {
          kind: 'cephfs',
          cluster: context.clusterId,
          filesystem: String(context.filesystem.id),
          inode,
        },
      });
    });
  }

  async groups(): Promise<readonly []> {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { context } = this.#filesystem;
    // What still uses the connection would crash without it: then it is left to the process's end.
    if (await settleCalls(context.operations)) {
      await this.#filesystem[Symbol.asyncDispose]();
    }
  }
}
