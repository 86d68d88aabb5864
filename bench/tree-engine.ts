import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { CommitRecord } from '../src/core/target.ts';
import type {
  DirectorySnapshot,
  TreeOrder,
  TreeSource,
  TreeTarget,
  TreeWriter,
} from '../src/core/tree.ts';
import type { Base } from '../src/jobs/plan.ts';
import { transferTree } from '../src/jobs/tree/transfer.ts';
import { check } from '../src/native/errno.ts';
import { closeFd, OPEN, openPath } from '../src/native/libc-files.ts';
import { createBuffers } from '../src/runner/buffers.ts';
import { openCephfsCatalog } from '../src/source/cephfs/catalog.ts';
import { createTreeWriter } from '../src/target/zfs/tree/writer.ts';
import { benchContext } from './job-context.ts';
import { imaginaryTree, writerIntoNothing } from './tree-imaginary.ts';

/**
 * The engine for trees, as it is wired in a run, without ZFS:
 *   tree-engine.ts read DIRECTORY SNAPSHOT          reads a whole tree, and writes nothing
 *   tree-engine.ts copy DIRECTORY SNAPSHOT PLACE    copies it to a directory of whatever filesystem there is
 *   tree-engine.ts update DIRECTORY SNAPSHOT PLACE  brings such a copy to another snapshot, without waiting for rctime
 *   tree-engine.ts write DIRECTORIES FILES SIZE PLACE   writes a tree that is made up
 * Prints one line of JSON: bytes and entries, and the peak of resident memory in KiB.
 */
const RECORD_SIZE = 128 * 1024;
const DAY_MS = 86_400_000;
const signal = new AbortController().signal;
const buffers = createBuffers(64 * 1024 * 1024);

const [mode = '', ...args] = process.argv.slice(2);
const place = (mode === 'write' ? args[3] : args[2]) ?? '';
/** Where it stands what the copy at a place is of. */
const recordPath = `${place}.record`;

/** Writes into an ordinary directory. What is ZFS's is left out: to mount it, and to make a snapshot. */
function writerInto(order: TreeOrder): TreeWriter {
  mkdirSync(place, { recursive: true });
  const root = check('open', openPath(place, OPEN.directory));
  return createTreeWriter({
    order,
    isUntouched: true,
    pool: buffers.comparing,
    threads: 2,
    mounted: {
      dataset: place,
      root,
      recordSize: RECORD_SIZE,
      rest: async () => closeFd(root),
      takeSnapshot: async (record) => writeFileSync(recordPath, JSON.stringify(record)),
    },
  });
}

async function transfer(source: TreeSource, snapshot: DirectorySnapshot): Promise<void> {
  const target: TreeTarget = {
    dataset: place,
    claim: async () => undefined,
    settle: async () => undefined,
    guards: async () => new Map(),
    removeSnapshots: async () => [],
    begin: async (order) => (mode === 'read' ? writerIntoNothing(order) : writerInto(order)),
  };
  let told = {};
  let base: Base<DirectorySnapshot> | null = null;
  if (mode === 'update' && existsSync(recordPath)) {
    const record = JSON.parse(readFileSync(recordPath, 'utf8')) as CommitRecord;
    base = { source: snapshot, target: { name: record.snapshot.name, record } };
  }
  const context = benchContext(signal, (event) => {
    if (event.type === 'transfer-finished') told = { bytes: event.bytesRead, ...event.tree };
  });
  await transferTree(
    context,
    {
      scan: { mode: 'rctime', marginMs: 0, settleMs: 0, fullEveryMs: DAY_MS },
      onError: 'fail',
      directories: 4,
      entries: 16,
      depth: buffers.split.copying,
      pool: buffers.copying,
    },
    {
      source,
      target,
      snapshot,
      plan: {
        dataset: place,
        base,
        reason: base === null ? 'first' : null,
        beside: null,
        resume: null,
      },
    },
  );
  console.log(JSON.stringify({ ...told, maxRssKiB: process.resourceUsage().maxRSS }));
}

async function fromCephfs(directory: string, snapshotName: string): Promise<void> {
  const conf = process.env['CEPH_CONF'] ?? '/etc/ceph/ceph.conf';
  const access = { conf, user: 'admin', filesystem: 'cephfs', snapshotTimeoutMs: 60_000 };
  await using catalog = await openCephfsCatalog({ ...access, select: [directory] }, signal);
  await using source = await catalog.open(directory, signal);
  const snapshot = (await source.snapshots(signal)).find(({ name }) => name === snapshotName);
  if (snapshot === undefined) throw new Error(`no snapshot ${directory}@${snapshotName}`);
  await transfer(source, snapshot);
}

async function fromNowhere(directories: number, files: number, size: number): Promise<void> {
  const snapshot = { name: 's', id: '1', takenAt: Date.now() };
  const source: TreeSource = {
    name: '/imaginary',
    identity: { kind: 'cephfs', cluster: '', filesystem: '1', inode: '1' },
    snapshots: async () => [snapshot],
    createSnapshot: async () => snapshot,
    removeSnapshot: async () => true,
    removeUnfinished: async () => undefined,
    openSnapshot: async () => imaginaryTree(directories, files, size),
    size: async () => directories * files * size,
    [Symbol.asyncDispose]: async () => undefined,
  };
  await transfer(source, snapshot);
}

const [first = '', second = '', third = ''] = args;
if (mode === 'write') await fromNowhere(Number(first), Number(second), Number(third));
else if (['read', 'copy', 'update'].includes(mode)) await fromCephfs(first, second);
else throw new Error(`read, copy, update or write; not ${mode}`);
