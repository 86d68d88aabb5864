import { run, runHere, runShown, succeeds, tool } from './commands.ts';
import { CONFIG, FILESYSTEM, SHARE, SHARE_BACKUP, SHARE_MOUNT } from './names.ts';
import { check, DemoError, good, say } from './show.ts';

const onZfs = (...command: readonly string[]) => run('lab/lab', 'zfs', ...command);

/** What people have in their share, as a script of the shell; $1 is the share. */
const FILL = `set -eu
  cd "$1"
  mkdir -p photos/2025 photos/2026 notes
  for year in 2025 2026; do
    for n in $(seq 120); do echo "photo $n of $year" > photos/$year/$n.jpg; done
  done
  head -c 32M /dev/urandom > photos/film.mp4
  echo 'milk, bread, a new engine' > notes/shopping.txt
  ln notes/shopping.txt notes/list.txt
  ln -s ../photos notes/pictures
  setfattr -n user.tag -v urgent notes/shopping.txt
  sync -f .`;

const CHANGES = [
  'a year of photos moves into a directory of its own',
  'a few bytes in the middle of the film change',
  'the shopping list changes, under its second name',
  'a photo is deleted',
];

const CHANGE = `set -eu
  cd "$1"
  mkdir archive
  mv photos/2025 archive/2025
  printf 'the end' | dd of=photos/film.mp4 bs=1 seek=20000000 conv=notrunc status=none
  echo 'milk, bread' > notes/list.txt
  rm photos/2026/17.jpg
  sync -f .`;

/** Mounts the CephFS on the ZFS side, as any client would, and makes the share. */
export async function createShare(): Promise<void> {
  const key = await run('lab/lab', 'ceph', 'ceph', 'auth', 'get-key', 'client.admin');
  await onZfs('mkdir', '-p', FILESYSTEM, SHARE_MOUNT);
  // As the kernel has it: the address of the monitor, and the path.
  const monitor = '10.77.0.1:6789:/';
  await onZfs('mount', '-i', '-t', 'ceph', monitor, FILESYSTEM, '-o', `name=admin,secret=${key}`);
  await emptyShare();
  await onZfs('mkdir', `${FILESYSTEM}${SHARE}`);
  await onZfs('bash', '-c', FILL, 'fill', `${FILESYSTEM}${SHARE}`);
  await runShown('lab/lab', 'zfs', 'ls', '-l', `${FILESYSTEM}${SHARE}/notes`);
  good('and 240 photos, and a film of 32 MiB');
}

export async function changeShare(): Promise<void> {
  await onZfs('bash', '-c', CHANGE, 'change', `${FILESYSTEM}${SHARE}`);
  for (const change of CHANGES) say(`- ${change}`);
}

export async function backUpShare(): Promise<string> {
  await runHere(...tool('run', 'share', '--config', CONFIG));
  const list = ['zfs', 'list', '-Hp', '-d', '1', '-t', 'snapshot', '-s', 'createtxg', '-o', 'name'];
  const newest = (await onZfs(...list, SHARE_BACKUP)).split('\n').at(-1)?.split('@')[1];
  if (newest === undefined || newest === '') throw new DemoError('the share has no backup');
  return newest;
}

/** Space that came with a backup, in bytes. */
export async function writtenBy(snapshot: string): Promise<number> {
  const args = ['zfs', 'get', '-Hp', '-o', 'value', 'written', `${SHARE_BACKUP}@${snapshot}`];
  return Number(await onZfs(...args));
}

/** Looks into a backup by mounting it: nothing is restored. */
export async function browseShare(snapshot: string): Promise<string> {
  const backup = `${SHARE_BACKUP}@${snapshot}`;
  await runShown('lab/lab', 'zfs', 'mount', '-t', 'zfs', '-o', 'ro', backup, SHARE_MOUNT);
  const text = await runShown('lab/lab', 'zfs', 'cat', `${SHARE_MOUNT}/notes/shopping.txt`);
  await onZfs('umount', SHARE_MOUNT);
  return text;
}

/** Lets rsync look for any difference between Ceph's snapshot and the backup of that name. */
export async function proveShare(snapshot: string): Promise<void> {
  const backup = `${SHARE_BACKUP}@${snapshot}`;
  await onZfs('mount', '-t', 'zfs', '-o', 'ro', backup, SHARE_MOUNT);
  const filter = '--filter=-x trusted.ceph2zfs*';
  const compare = ['rsync', '-naHAXc', '--delete', '--itemize-changes', filter];
  const source = `${FILESYSTEM}${SHARE}/.snap/${snapshot}/`;
  const differences = await runShown('lab/lab', 'zfs', ...compare, source, `${SHARE_MOUNT}/`);
  await onZfs('umount', SHARE_MOUNT);
  check(
    differences === '',
    'rsync finds no difference: names, bytes, owners, times, links, attributes',
  );
}

/** Takes away what an earlier demo made of it. */
export async function removeShare(): Promise<void> {
  const lazily = ['lab/lab', 'zfs', 'umount', '-l'];
  for (const mount of [SHARE_MOUNT, FILESYSTEM]) await succeeds(...lazily, mount);
}

/** Removes the share of an earlier demo, with its snapshots. */
async function emptyShare(): Promise<void> {
  const script = `cd "$1" 2>/dev/null || exit 0
    for snapshot in .snap/c2z_*; do [ ! -d "$snapshot" ] || rmdir "$snapshot"; done
    cd / && rm -rf "$1"`;
  await onZfs('bash', '-c', script, 'empty', `${FILESYSTEM}${SHARE}`);
}
