import { isUtf8 } from 'node:buffer';
import { type PathWalk, walkPaths } from '../../lib/path-glob.ts';
import { printable } from '../../lib/printable.ts';
import { CephError } from '../ceph/errors.ts';
import type { FilesystemContext } from './context.ts';
import { SNAPSHOTS } from './path.ts';
import { translateCephfs } from './translate.ts';

export interface FoundDirectories {
  /** Paths, sorted. */
  readonly names: readonly string[];
  /** What could not be looked into, or cannot be named. */
  readonly problems: readonly CephError[];
}

/**
 * The directories that the patterns may match. Only levels that a pattern names are looked at, and no
 * symlink is followed.
 */
export async function findDirectories(
  { call, mount }: FilesystemContext,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<FoundDirectories> {
  const names: string[] = [];
  const problems: CephError[] = [];

  async function attempt<Result>(
    what: string,
    work: () => Promise<Result>,
  ): Promise<Result | null> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      // One that was removed since it was listed.
      const problem = translateCephfs(error, { what, missing: 'directory-missing' });
      if (!(problem instanceof CephError)) throw problem;
      if (problem.code !== 'directory-missing') problems.push(problem);
      return null;
    }
  }

  /** Names of directories in `path` that the walk may enter. */
  async function children(path: string, walk: PathWalk): Promise<readonly string[]> {
    if (walk.names !== null) {
      const isThere = await Promise.all(walk.names.map((name) => isDirectory(join(path, name))));
      return walk.names.filter((_, index) => isThere[index]);
    }
    const what = `cannot list the directories in ${printable(path)}`;
    const found = await attempt(what, () => call('subdirectories', mount.handle, path));
    return (found ?? []).flatMap((bytes) => {
      if (isUtf8(bytes)) return [Buffer.from(bytes).toString()];
      const shown = printable(join(path, Buffer.from(bytes).toString()));
      const message = `directory ${shown} cannot be selected: its name is not UTF-8`;
      problems.push(new CephError('directory-unsupported', message));
      return [];
    });
  }

  async function isDirectory(path: string): Promise<boolean> {
    const what = `cannot open directory ${printable(path)}`;
    const found = await attempt(what, () => call('findInode', mount.handle, path));
    return found?.kind === 'directory';
  }

  async function visit(path: string, walk: PathWalk): Promise<void> {
    if (walk.isMatch) names.push(path);
    if (walk.names?.length === 0) return;
    for (const name of await children(path, walk)) {
      const inside = name === SNAPSHOTS ? null : walk.enter(name);
      if (inside !== null) await visit(join(path, name), inside);
    }
  }

  await visit('/', walkPaths(patterns.filter((pattern) => !pattern.startsWith('!'))));
  return { names: names.sort(), problems };
}

function join(path: string, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}
