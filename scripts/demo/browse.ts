import { setTimeout as sleep } from 'node:timers/promises';
import { run, runShown, succeeds } from './commands.ts';
import { LETTER } from './disk.ts';
import { CLONES, MOUNTS, ZVOL } from './names.ts';
import { showCommand } from './show.ts';

const WAIT =
  'for try in $(seq 200); do [ -b "$1" ] && exit; sleep 0.05; done; echo "no device $1" >&2; exit 1';

/** Shows a file as it is in a snapshot: nothing is copied, nothing is restored. */
export async function readLetter(age: 'old' | 'new', snapshot: string): Promise<string> {
  const clone = CLONES[age];
  const mount = MOUNTS[age];
  const onZfs = ['lab/lab', 'zfs'];
  await openClone(`${ZVOL}@${snapshot}`, clone);
  const options = 'ro,noload,noexec,nosuid,nodev';
  await run(...onZfs, 'mkdir', '-p', mount);
  await runShown(...onZfs, 'mount', '-t', 'ext4', '-o', options, `/dev/zvol/${clone}`, mount);
  return runShown(...onZfs, 'cat', `${mount}/${LETTER}`);
}

export async function closeAgain(age: 'old' | 'new'): Promise<void> {
  await runShown('lab/lab', 'zfs', 'umount', MOUNTS[age]);
  await removeClone(CLONES[age]);
}

/** Makes a clone of a volume's snapshot, whose device can then be read. */
export async function openClone(snapshot: string, clone: string): Promise<void> {
  const properties = ['-o', 'readonly=on', '-o', 'volmode=dev'];
  await runShown('lab/lab', 'zfs', 'zfs', 'clone', ...properties, snapshot, clone);
  await run('lab/lab', 'zfs', 'bash', '-c', WAIT, 'wait', `/dev/zvol/${clone}`);
}

export async function removeClone(clone: string): Promise<void> {
  const destroy = ['lab/lab', 'zfs', 'zfs', 'destroy', clone];
  showCommand(destroy);
  // udev may still look at the device, which then is busy.
  for (let attempt = 1; attempt < 50; attempt++) {
    if (await succeeds(...destroy)) return;
    await sleep(200);
  }
  await run(...destroy);
}
