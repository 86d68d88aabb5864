import { lstatSync, renameSync } from 'node:fs';

/**
 * Renames a damaged file, and those that belong to it, to `PATH.damaged-<ISO time>`. Nothing that was set aside
 * before is overwritten. Returns the new path. Throws what the system says when it cannot be renamed.
 *
 * @param companions Endings of the files beside it which go with it, if they are there.
 */
export function setAside(path: string, now: number, companions: readonly string[] = []): string {
  const aside = unusedName(`${path}.damaged-${new Date(now).toISOString()}`);
  // The file itself last: as long as it is at its place, this begins anew after a crash.
  for (const ending of companions) {
    if (exists(path + ending)) renameSync(path + ending, aside + ending);
  }
  renameSync(path, aside);
  return aside;
}

function unusedName(name: string): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!exists(candidate)) return candidate;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
