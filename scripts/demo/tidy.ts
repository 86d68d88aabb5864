import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, succeeds } from './commands.ts';
import { DATASET, IMAGE, MOUNTS, PKI, PUSHED, SINK_CONFIG, WORK } from './names.ts';
import { removeShare } from './share.ts';
import { DemoError } from './show.ts';

/** Long enough for Ceph to forget a client that was killed: until then it keeps its image. */
const PATIENCE_MS = 60_000;

/** Takes away all that an earlier demo made, wherever it was cut off. */
export async function tidy(): Promise<void> {
  await rm(WORK, { recursive: true, force: true });
  await mkdir(WORK, { recursive: true });
  for (const mount of Object.values(MOUNTS)) {
    await succeeds('lab/lab', 'zfs', 'umount', mount);
  }
  await rm(PKI, { recursive: true, force: true });
  const sink = `main[.]ts daemon --config ${SINK_CONFIG}`;
  await succeeds('lab/lab', 'zfs', 'pkill', '-KILL', '-f', sink);
  await removeShare();
  for (const dataset of [DATASET, PUSHED]) {
    await untilGone(dataset, ['lab/lab', 'zfs', 'zfs', 'list', dataset], async () => {
      await succeeds('lab/lab', 'zfs', 'zfs', 'destroy', '-R', dataset);
    });
  }
  await untilGone(IMAGE, ['lab/lab', 'ceph', 'rbd', 'info', IMAGE], async () => {
    await succeeds('lab/lab', 'ceph', 'rbd', 'snap', 'purge', '--no-progress', IMAGE);
    await succeeds('lab/lab', 'ceph', 'rbd', 'rm', '--no-progress', IMAGE);
  });
  await run('lab/lab', 'zfs', 'zfs', 'create', DATASET);
  await run('lab/lab', 'zfs', 'zfs', 'create', PUSHED);
}

async function untilGone(
  what: string,
  exists: readonly string[],
  remove: () => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (await succeeds(...exists)) {
    await remove();
    if (!(await succeeds(...exists))) return;
    if (Date.now() > deadline) throw new DemoError(`${what} of an earlier demo cannot be removed`);
    await sleep(2000);
  }
}
