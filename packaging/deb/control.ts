import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTo, filesIn, write } from './place.ts';

export const MAINTAINER = 'The ceph2zfs developers <ceph2zfs@packages.example>';

/**
 * Node and koffi need the C and C++ libraries. What talks to Ceph and to ZFS is recommended, so that apt installs it unless
 * it is told not to: each kind of job needs only some of it, each says what it misses, and many machines have
 * an OpenZFS that its administrator built, or packages of Ceph that come from elsewhere.
 */
const RELATIONS = `Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 6), passwd
Recommends: librados2, librbd1, libcephfs2, zfsutils-linux | openzfs-zfsutils`;

const DESCRIPTION = `back up Ceph to ZFS
 RBD images become ZFS volumes, directories of a CephFS become ZFS filesystems;
 in full once, and by what changed ever after. Every backup is an ordinary ZFS
 snapshot. A daemon runs jobs by their schedules, and keeps of the snapshots
 what its rules say.
 .
 The package has its own Node.js in /usr/lib/ceph2zfs.`;

const SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** What dpkg has to know, of the files that are in the folder. */
export async function placeControl(root: string, version: string, scripts: string): Promise<void> {
  const files = await filesIn(root);
  let bytes = 0;
  const sums: string[] = [];
  for (const file of files) {
    bytes += (await stat(join(root, file))).size;
    const sum = createHash('md5').update(await readFile(join(root, file)));
    sums.push(`${sum.digest('hex')}  ${file}\n`);
  }
  const control = `Package: ceph2zfs
Version: ${version}
Architecture: amd64
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(bytes / 1024)}
${RELATIONS}
Section: admin
Priority: optional
Description: ${DESCRIPTION}
`;
  await write(join(root, 'DEBIAN/control'), control);
  await write(join(root, 'DEBIAN/md5sums'), sums.join(''));
  for (const name of SCRIPTS) await copyTo(join(root, 'DEBIAN', name), join(scripts, name), 0o755);
}
