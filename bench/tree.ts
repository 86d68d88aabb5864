import { setTimeout as sleep } from 'node:timers/promises';
import {
  ceph,
  emptyTarget,
  execute,
  flag,
  lab,
  part,
  ROOT,
  ROUNDS,
  runner,
  runOf,
  runParts,
  zfs,
} from './lab.ts';

/**
 * CephFS to ZFS, against rsync, which people use today. Run on the machine that the lab is on, with nothing
 * else going on there:
 *   node bench/tree.ts [--rounds 5] [--counts 20000,200000] [--wide 300000] [PART…]      parts: files large guest growth wide
 * Everything of a part is interleaved in one run. Results go to bench/results/ as JSON and Markdown.
 */
const MIB = 1024 * 1024;
const SETTLE_MS = 15_000;
const FUSE = '/run/ceph2zfs-bench/fuse';
const MEMORY = '/run/ceph2zfs-bench/memory';
const KERNEL = '/run/ceph2zfs-bench/kernel';
const PLAIN = `${ROOT}/plain`;
const SNAPSHOT = 'bench';

const FILES = '/bench-files';
const LARGE = '/bench-large';
/** Files in the tree of `growth`, ascending. */
const COUNTS = (flag('--counts') ?? '20000,200000').split(',').map(Number);
/** Entries in the one directory of `wide`. To make a million takes a quarter of an hour. */
const ENTRIES = flag('--wide') ?? '300000';
/** In the guest everything takes some twenty times as long. */
const FEW = '/bench-few';
const GROWING = '/bench-growing';
const WIDE = '/bench-wide';

const mutate = (...args: readonly string[]) => lab('ceph', 'node', 'bench/tree-mutate.ts', ...args);
const onCeph = (script: string, ...args: readonly string[]) =>
  lab('ceph', 'bash', '-c', script, 'bench', ...args);
const onZfs = (script: string, ...args: readonly string[]) =>
  lab('zfs', 'bash', '-c', script, 'bench', ...args);

/** Makes a tree and a snapshot of it, and tells how many bytes are in it. */
async function makeTree(directory: string, ...what: readonly string[]): Promise<number> {
  await removeTree(directory);
  await mutate(directory, ...what);
  await onCeph('mkdir "$1$2/.snap/$3"', FUSE, directory, SNAPSHOT);
  const size = await onCeph(
    'du -sb --apparent-size "$1$2/.snap/$3" | cut -f 1',
    FUSE,
    directory,
    SNAPSHOT,
  );
  return Number(size);
}

async function removeTree(directory: string): Promise<void> {
  await onCeph('test ! -e "$1$2" || node bench/tree-mutate.ts "$2" remove', FUSE, directory);
}

const engine = (...args: readonly string[]): readonly string[] =>
  ceph(...runner('cephfs'), 'bench/tree-engine.ts', ...args);

const rsync = (from: string, to: string): readonly string[] => [
  'rsync',
  '-aHAX',
  '--delete',
  `${from}/`,
  `${to}/`,
];

/** On the Ceph side, into memory: what the two cost without ZFS, and without a guest. */
async function firstCopy(
  name: string,
  directory: string,
  bytes: number,
  shape: readonly string[],
): Promise<void> {
  const place = `${MEMORY}/copy`;
  const prepare = () => onCeph('rm -rf "$1" && mkdir "$1"', place);
  // Neither ceph-fuse nor the kernel may remember what they read in the round before.
  const prepareCold = async (): Promise<void> => {
    await prepare();
    await onCeph('umount "$1" && echo 3 >/proc/sys/vm/drop_caches', FUSE);
    await mountFuse();
  };
  await part(name, [
    {
      name: 'engine, into memory',
      prepare,
      command: engine('copy', directory, SNAPSHOT, place),
      bytes,
    },
    {
      name: 'rsync -aHAX from ceph-fuse, into memory',
      prepare: prepareCold,
      command: ceph(...rsync(`${FUSE}${directory}/.snap/${SNAPSHOT}`, place)),
      bytes,
    },
    { name: 'engine, reading alone', command: engine('read', directory, SNAPSHOT), bytes },
    { name: 'engine, writing alone', prepare, command: engine('write', ...shape, place), bytes },
  ]);
  await prepare();
}

async function files(): Promise<void> {
  const bytes = await makeTree(FILES, 'files', '0', '20000');
  await firstCopy('files', FILES, bytes, ['200', '100', String(Math.round(bytes / 20_000))]);
  await removeTree(FILES);
}

async function large(): Promise<void> {
  const bytes = await makeTree(LARGE, 'large', '32');
  await firstCopy('large', LARGE, bytes, ['1', '32', String(64 * MIB)]);
  await removeTree(LARGE);
}

/** The whole of a first run on the ZFS side, against rsync from both of Ceph's own clients. */
async function guest(): Promise<void> {
  const bytes = await makeTree(FEW, 'files', '0', '2000');
  const directory = FEW;
  const plain = async (): Promise<void> => {
    await emptyTarget();
    await onZfs('zfs create -o acltype=posix -o xattr=sa "$1"', PLAIN);
  };
  const from = (mount: string) => `${mount}${directory}/.snap/${SNAPSHOT}`;
  await part('guest', [
    {
      name: 'ceph2zfs run, in full',
      prepare: emptyTarget,
      command: await runOf('few', jobOf(directory)),
      bytes,
    },
    {
      name: 'rsync -aHAX from ceph-fuse',
      prepare: plain,
      command: zfs(...rsync(from(FUSE), `/${PLAIN}`)),
      bytes,
    },
    {
      name: "rsync -aHAX from the kernel's client",
      prepare: plain,
      command: zfs(...rsync(from(KERNEL), `/${PLAIN}`)),
      bytes,
    },
  ]);
}

const jobOf = (directory: string): string => `type: cephfs, select: ["${directory}"]`;

/** Ten files of so many change, in ten directories. */
async function increment(name: string, count: number, rounds = ROUNDS): Promise<void> {
  const directory = GROWING;
  const copies = { engine: `${MEMORY}/engine`, rsync: `${MEMORY}/rsync` };
  const update = engine('update', directory, SNAPSHOT, copies.engine);
  const follow = ceph(...rsync(`${FUSE}${directory}/.snap/${SNAPSHOT}`, copies.rsync));
  async function change(): Promise<void> {
    await mutate(directory, 'change', '10', String(count));
    await onCeph('rmdir "$1$2/.snap/$3" && mkdir "$1$2/.snap/$3"', FUSE, directory, SNAPSHOT);
    // What a run waits for by default, `scan.settle`.
    await sleep(SETTLE_MS);
  }
  // Both begin from a copy of all that there is.
  await change();
  await execute(update);
  await execute(follow);
  await part(
    name,
    [
      { name: `engine, 10 of ${count} files changed`, prepare: change, command: update },
      { name: 'rsync -aHAX from ceph-fuse', prepare: change, command: follow },
    ],
    rounds,
  );
}

/** How the time of an increment grows with the tree, when the same number of directories changed. */
async function growth(): Promise<void> {
  await onCeph('rm -rf "$1"/*', MEMORY);
  let there = 0;
  for (const count of COUNTS) {
    if (there === 0) await makeTree(GROWING, 'files', '0', String(count));
    else await mutate(GROWING, 'files', String(there), String(count));
    // A large one takes many minutes.
    await increment(`increment-${count}`, count, count > 50_000 ? Math.min(ROUNDS, 2) : ROUNDS);
    there = count;
  }
  await onCeph('rm -rf "$1"/*', MEMORY);
  await removeTree(GROWING);
}

/** Very many entries in one directory: what it takes of memory. */
async function wide(): Promise<void> {
  const directory = WIDE;
  const place = `${MEMORY}/wide`;
  await makeTree(WIDE, 'wide', ENTRIES);
  const empty = () => onCeph('rm -rf "$1" && mkdir "$1"', place);
  const name = `${ENTRIES} empty files in one directory`;
  await part(
    'wide',
    [
      {
        name: `${name}, first copy`,
        prepare: empty,
        command: engine('copy', directory, SNAPSHOT, place),
      },
      { name: `${name}, looked at again`, command: engine('update', directory, SNAPSHOT, place) },
    ],
    1,
  );
  await empty();
  await removeTree(directory);
}

async function mountFuse(): Promise<void> {
  await onCeph(
    'mkdir -p "$1"; mountpoint -q "$1" || ceph-fuse -n client.admin "$1" >/dev/null',
    FUSE,
  );
}

/** Ceph's own clients on both sides, and room in memory. */
async function mountAll(): Promise<void> {
  await lab('up');
  await lab('packages', 'rsync');
  await mountFuse();
  await onCeph(
    'mkdir -p "$1"; mountpoint -q "$1" || mount -t tmpfs -o size=12G tmpfs "$1"',
    MEMORY,
  );
  await onZfs(
    `mkdir -p "$1" "$2"
    mountpoint -q "$1" || ceph-fuse -n client.admin "$1" >/dev/null
    mountpoint -q "$2" || mount -i -t ceph 10.77.0.1:6789:/ "$2" -o "ro,name=admin,secret=$(ceph auth get-key client.admin)"`,
    FUSE,
    KERNEL,
  );
}

async function unmountAll(): Promise<void> {
  await onCeph('umount "$1" "$2"', FUSE, MEMORY);
  await onZfs('umount "$1" "$2"', FUSE, KERNEL);
}

await mountAll();
try {
  await runParts({ files, large, guest, growth, wide });
  await emptyTarget();
} finally {
  await unmountAll();
}
