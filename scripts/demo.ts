import { formatBytes } from '../src/lib/size.ts';
import { listBackups } from './demo/backups.ts';
import { closeAgain, readLetter } from './demo/browse.ts';
import { runHere, runShown, tool } from './demo/commands.ts';
import { writeDemoConfig } from './demo/config.ts';
import { CHANGES, changeDisk, createDisk } from './demo/disk.ts';
import { CLONES, CONFIG, IMAGE, SHARE_BACKUP, ZVOL } from './demo/names.ts';
import { sourceHash, targetHash } from './demo/prove.ts';
import { makeCertificates, provePushed, push, startSink } from './demo/push.ts';
import {
  backUpShare,
  browseShare,
  changeShare,
  createShare,
  proveShare,
  writtenBy,
} from './demo/share.ts';
import { check, DemoError, good, part, say, totalTime } from './demo/show.ts';
import { tidy } from './demo/tidy.ts';

/**
 * A tour on the lab: two backups of a virtual machine's disk, a push of it to a sink, and two backups of a directory tree, a file out
 * of the old ones, and the proof that the copies are exact. It makes all that it needs afresh, and ends at the first thing
 * that is not as it says.
 */
async function demo(): Promise<void> {
  say('Commands are shown with a $ before them, and can be run again as they stand here:');
  say('  lab/lab ceph COMMAND   where the Ceph cluster is');
  say('  lab/lab zfs COMMAND    where the ZFS pool is; ceph2zfs (node src/main.ts) runs there');

  await part('A virtual machine with a disk in Ceph', async () => {
    await tidy();
    await createDisk();
    await runShown('lab/lab', 'ceph', 'rbd', 'du', IMAGE);
  });

  await part('The configuration', async () => {
    say(await writeDemoConfig());
    await runHere(...tool('check', '--config', CONFIG));
  });

  await part('What a run would do', async () => {
    await runHere(...tool('run', 'demo', '--dry-run', '--config', CONFIG));
  });

  const old = await part('The first backup copies all that the disk holds', async () => {
    await runHere(...tool('run', 'demo', '--config', CONFIG));
    const [backup] = await listBackups();
    if (backup === undefined) throw new DemoError('there is no backup');
    return { ...backup, hash: await sourceHash(backup.name) };
  });

  await part('Something happens on the disk', async () => {
    for (const change of CHANGES) say(`- ${change}`);
    good(`${formatBytes(await changeDisk())} of the disk are different now`);
  });

  const young = await part('The second backup copies what changed', async () => {
    await runHere(...tool('run', 'demo', '--config', CONFIG));
    const backup = (await listBackups())[1];
    if (backup === undefined) throw new DemoError('there is no second backup');
    check(backup.base === old.name, `it is an increment of ${old.name}`);
    check(
      backup.written < old.written / 100,
      `it needs ${formatBytes(backup.written)}; the first one needed ${formatBytes(old.written)}`,
    );
    return backup;
  });

  await part('Each backup is a snapshot of a ZFS volume', async () => {
    await runHere(...tool('list', '--config', CONFIG));
    await runShown('lab/lab', 'zfs', 'zfs', 'list', '-t', 'snapshot', ZVOL);
  });

  await part('A file out of the old backup, without a restore', async () => {
    const was = await readLetter('old', old.name);
    say('', 'The same file in the new backup:');
    const is = await readLetter('new', young.name);
    say('');
    check(was.includes('algebraical patterns'), 'the old backup has the letter as it was');
    check(is.includes('never mind'), 'the new backup has the letter as it is now');
  });

  await part('The proof: both backups are what Ceph exports, byte for byte', async () => {
    const hash = await sourceHash(young.name);
    check((await targetHash(CLONES.new)) === hash, 'the new backup is the image, byte for byte');
    const same = (await targetHash(CLONES.old)) === old.hash;
    check(same, 'the old backup still is what the image was at the first run, byte for byte');
  });

  await part('The clones go again; the backups stay', async () => {
    await closeAgain('old');
    await closeAgain('new');
  });

  await demoOfPush();
  await demoOfShare();

  say('', `The demo took ${totalTime()}. To try next:`);
  const tries = [
    [tool('run', 'demo', '--config', CONFIG), 'one more backup'],
    [tool('run', 'demo', '--full', '--config', CONFIG), 'copy all of it anew, beside the old one'],
    [tool('run', '--help'), 'all that a run can be told'],
    [['lab/lab', 'zfs', 'zfs', 'send', '-nv', `${ZVOL}@${young.name}`], 'send a backup elsewhere'],
    [['lab/lab', 'zfs', 'zfs', 'list', '-rt', 'all', SHARE_BACKUP], 'the backups of the share'],
    [['npm', 'test'], 'all tests, against this Ceph and this ZFS'],
    [['lab/lab', 'down'], 'stop the lab; all data stays'],
  ] as const;
  for (const [command, why] of tries) say(`  ${command.join(' ')}`, `      ${why}`);
}

/** The same disk over the network, to a sink that knows who pushes. */
async function demoOfPush(): Promise<void> {
  await part('Certificates, for a machine near Ceph and one near ZFS', makeCertificates);

  await part('The same disk, pushed over the network to a sink', async () => {
    await using _sink = await startSink();
    await push();
  });

  await part('The proof: what the sink has is what Ceph exports, byte for byte', provePushed);
}

/** The same for a directory tree. */
async function demoOfShare(): Promise<void> {
  await part('A share in CephFS, with all that a tree can have', createShare);

  const old = await part('The first backup of the share copies everything', backUpShare);

  await part('People work with it', changeShare);

  const young = await part(
    'The second backup finds what changed, and renames what was renamed',
    async () => {
      const snapshot = await backUpShare();
      const written = await writtenBy(snapshot);
      check(written < 4 * 1024 ** 2, `it needs ${formatBytes(written)}: of the film, what changed`);
      return snapshot;
    },
  );

  await part('A file out of the old backup of the share: it only has to be mounted', async () => {
    const was = await browseShare(old);
    const is = await browseShare(young);
    check(was.includes('engine') && !is.includes('engine'), 'the list is as it was, and as it is');
  });

  await part('The proof: the backup is what Ceph has, entry for entry', () => proveShare(young));
}

try {
  await demo();
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  process.stderr.write(`\nThe demo ended after ${totalTime()}: ${error.message}\n`);
  process.stderr.write('It can be run again at any time, and starts afresh.\n');
  process.exitCode = error.exitCode;
}
