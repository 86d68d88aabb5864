import { chmod, copyFile, lutimes, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Seconds since 1970: the one time that everything in the package has. */
export const BUILT_AT = Number(process.env['SOURCE_DATE_EPOCH'] ?? 0);

/** A file in the package, whatever its mode was in the checkout. */
export async function copyTo(path: string, from: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await copyFile(from, path);
  await chmod(path, mode);
}

export async function write(path: string, content: string | Uint8Array, mode = 0o644) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode });
}

/** Paths of all files in a folder, relative to it, in an order that depends on nothing else. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Gives all in a folder, and itself, the same time: dpkg-deb alone only replaces later ones. */
export async function setTimes(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const path of ['', ...names]) await lutimes(join(folder, path), BUILT_AT, BUILT_AT);
}
