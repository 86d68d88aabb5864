import { readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { execa } from 'execa';
import { copyTo, filesIn } from './place.ts';

/** A package of npm that the program needs. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** What it says its licence is. */
  readonly license: string;
  /** Where it is, and where it is below the checkout. */
  readonly folder: string;
  readonly path: string;
}

/** What can be loaded at run time. All else is types, sources, maps and texts. */
const LOADABLE = new Set(['.js', '.mjs', '.cjs', '.json', '.node', '.wasm']);

/** Binaries for another C library than Debian's. */
const FOREIGN = /(^|\/)musl_[^/]*\//;

/** The packages that are installed for use, not for development, as npm sees it. */
export async function listDependencies(checkout: string): Promise<readonly Dependency[]> {
  const args = ['ls', '--omit=dev', '--all', '--parseable'];
  const { stdout } = await execa('npm', args, { cwd: checkout });
  const [, ...folders] = stdout.split('\n');
  return Promise.all(
    folders.sort().map(async (folder) => {
      const text = await readFile(join(folder, 'package.json'), 'utf8');
      const { name, version, license } = JSON.parse(text) as Dependency;
      return { name, version, license, folder, path: relative(checkout, folder) };
    }),
  );
}

export async function placeDependency({ folder, path }: Dependency, to: string): Promise<void> {
  for (const file of await filesIn(folder)) {
    const isOwn = !file.includes('node_modules/');
    if (!isOwn || !LOADABLE.has(extname(file)) || FOREIGN.test(file)) continue;
    await copyTo(join(to, path, file), join(folder, file));
  }
}
