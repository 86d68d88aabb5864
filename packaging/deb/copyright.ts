import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dependency } from './dependencies.ts';

/** Packages that leave their licence in the package of the project that they are part of. */
const LICENSED_WITH: Readonly<Record<string, string>> = {
  '@hono/zod-openapi': 'hono',
  '@hono/zod-validator': 'hono',
  '@koromix/koffi-linux-x64': 'koffi',
};

const LICENSE_FILE = /^(licen[cs]e|copying)/i;
const LINE = '='.repeat(78);

/** The licences of all that is in the package. Fails when one of them cannot be found. */
export async function copyrightText(dependencies: readonly Dependency[], node: Dependency) {
  const parts = [OWN];
  for (const dependency of [...dependencies, node]) {
    const { name, version, license } = dependency;
    const told = license === undefined ? '' : `, licence: ${license}`;
    parts.push(
      `${LINE}\n${name} ${version}${told}\n\n${await licenseOf(dependency, dependencies)}`,
    );
  }
  return `${parts.join('\n\n')}\n`;
}

const OWN = `ceph2zfs: Copyright 2026 the authors of ceph2zfs

Licensed under the Apache License, Version 2.0; on Debian systems its text is in
/usr/share/common-licenses/Apache-2.0. The package also holds Node.js, in
/usr/lib/ceph2zfs/node, and packages of npm, in /usr/lib/ceph2zfs/node_modules.
Their licences follow.`;

async function licenseOf(
  dependency: Dependency,
  all: readonly Dependency[],
  seen = dependency.name,
): Promise<string> {
  const names = (await readdir(dependency.folder)).filter((name) => LICENSE_FILE.test(name)).sort();
  const texts = names.map((name) => readFile(join(dependency.folder, name), 'utf8'));
  if (names.length > 0) return (await Promise.all(texts)).join('\n').trim();
  const project = all.find(({ name }) => name === LICENSED_WITH[dependency.name]);
  if (project === undefined || project === dependency) throw new Error(`no licence of ${seen}`);
  return licenseOf(project, all, seen);
}
