import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CephfsClient, type OpenWriter } from '../support/cephfs-client.ts';
import { freshDirectory } from '../support/cephfs-harness.ts';
import {
  endingWith,
  eventsOf,
  freshDataset,
  type JsonRun,
  mustRun,
  onCeph,
  writeTreeConfig,
} from '../support/lab.ts';
import { dismissJudges, TreeJudge } from '../support/tree-judge.ts';

/**
 * Changes that one or another way of looking for them has been seen to lose: by the time of the previous
 * snapshot, by comparing rctimes of two snapshots, by Ceph's snapdiff, or by size and mtime. Each happens in a
 * tree of its own, deep inside, when everything around it has been old for long.
 */
interface Row {
  readonly name: string;
  readonly change: (client: CephfsClient, deep: string) => Promise<void>;
}

const NS = 1_000_000_000n;
const YEAR_2030 = 1_893_456_000n * NS;
const text = (value: string): Buffer => Buffer.from(value);

const SHARED = 'a-write-through-the-second-name-of-a-file';

const ROWS: readonly Row[] = [
  {
    name: 'a-write-some-time-before-the-snapshot',
    change: async (client, deep) => {
      await client.write(`${deep}/file`, 0, text('early'));
      await client.sync();
    },
  },
  {
    name: 'a-directory-tree-renamed',
    change: (client, deep) => client.rename(`${deep}/tree`, `${deep}/moved`),
  },
  {
    name: SHARED,
    change: (client, deep) => client.write(`${deep}/second`, 0, text('SHARED')),
  },
  {
    name: 'a-write-of-the-same-size-by-a-slow-clock',
    change: async (_client, deep) => {
      // A client of its own, whose clock is two minutes slow.
      const script = new URL('../support/write-file.ts', import.meta.url).pathname;
      const late = ['faketime', '-f', '-120s', 'node', script, `${deep}/recent`, 'SLOW!'];
      await onCeph('env', 'FAKETIME_DONT_FAKE_MONOTONIC=1', ...late);
    },
  },
  {
    name: 'a-rewrite-of-the-same-size-under-a-future-mtime',
    change: (client, deep) => client.write(`${deep}/future`, 0, text('FUTURE')),
  },
  {
    name: 'a-write-of-the-same-size-with-the-mtime-set-back',
    change: async (client, deep) => {
      const { mtime } = await client.stat(`${deep}/file`);
      await client.write(`${deep}/file`, 0, text('FILE'));
      await client.utimes(`${deep}/file`, { mtime });
    },
  },
  { name: 'a-chmod-alone', change: (client, deep) => client.chmod(`${deep}/file`, 0o4711) },
  {
    name: 'an-attribute-alone',
    change: (client, deep) => client.setXattr(`${deep}/file`, 'user.note', 'new'),
  },
  { name: 'an-unlink', change: (client, deep) => client.unlink(`${deep}/file`) },
  {
    name: 'a-file-that-became-a-symlink',
    change: async (client, deep) => {
      await client.unlink(`${deep}/file`);
      await client.symlink('elsewhere', `${deep}/file`);
    },
  },
];

/** Its tree is written to all the time, so that some write comes right before its snapshot. */
const BUSY = 'writes-until-the-very-moment-of-the-snapshot';

/**
 * Two clients have a file open that somebody has dated ahead; one writes before the snapshot, the other after it. Both count the
 * file's changes on from the same number, most of the time, and no time moves: only the bytes tell.
 */
const BESIDE = 'a-write-beside-another-writer';
const BESIDE_FILES = 6;

async function populate(client: CephfsClient, tree: string): Promise<void> {
  for (const directory of ['', '/keep', '/keep/more', '/deep', '/deep/er', '/deep/er/tree']) {
    await client.mkdir(`${tree}${directory}`);
  }
  for (const file of ['keep/more/file', 'deep/er/file', 'deep/er/tree/file', 'deep/er/recent']) {
    await client.write(`${tree}/${file}`, 0, text('file!'));
  }
  await client.write(`${tree}/deep/er/future`, 0, text('future'));
  await client.utimes(`${tree}/deep/er/future`, { mtime: YEAR_2030 });
  await client.sync();
}

/** Writes a number that counts up, every few milliseconds, until it is told to stop. */
function writeUntil(client: CephfsClient, path: string): () => Promise<void> {
  let going = true;
  const done = (async () => {
    for (let count = 0; going; count++) {
      await client.write(path, 0, text(String(count).padStart(9, '0')));
      await sleep(15);
    }
  })();
  return async () => {
    going = false;
    await done;
  };
}

/** A hook that waits after the snapshot until a file is there, and tells by another one that it does. */
const HELD = `touch "$1/taken"; until [ -e "$1/go" ]; do sleep 0.1; done`;

async function appears(path: string): Promise<void> {
  for (;;) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await sleep(50);
  }
}

describe('a change that others lose', () => {
  let client: CephfsClient;
  let top = '';
  let root = '';
  let config = '';

  function run(...options: readonly string[]): Promise<JsonRun> {
    return mustRun('tree-changes', config, ...options);
  }

  function judge(name: string): TreeJudge {
    return new TreeJudge(`${top}/${name}`, `${root}/cephfs/cephfs${top}/${name}`);
  }

  beforeAll(async () => {
    await dismissJudges();
    client = await CephfsClient.open();
    top = await freshDirectory(client, 'tree-changes');
    root = await freshDataset('tree-changes');
    config = await writeTreeConfig({
      name: 'tree-changes',
      select: [`${top}/*`],
      dataset: root,
      source: 'scan: { margin: 10s, settle: 2s }',
    });
    for (const name of [...ROWS.map((row) => row.name), BUSY]) {
      await populate(client, `${top}/${name}`);
    }
    // Of one tree only: what has hard links beneath is never left out.
    await client.write(`${top}/${SHARED}/keep/shared`, 0, text('shared'));
    await client.link(`${top}/${SHARED}/keep/shared`, `${top}/${SHARED}/deep/er/second`);
    await client.sync();
    await sleep(15_000);
    await run();
    const settled = eventsOf(await run(), 'transfer-finished');
    // Only what is left out can be lost: the two directories of each tree, or the two in them without hard links.
    for (const { tree, source } of settled) expect(`${source} ${tree?.pruned}`).toBe(`${source} 2`);
    for (const { name, change } of ROWS) await change(client, `${top}/${name}/deep/er`);
    await client.sync();
    await sleep(10_000);
    const stop = writeUntil(client, `${top}/${BUSY}/deep/er/file`);
    await endingWith(run(), stop);
  });

  afterAll(async () => {
    await dismissJudges();
    await client?.removeTree(top);
    await client?.close();
  });

  it.each(ROWS)('is found: $name', async ({ name }) => {
    await judge(name).newestIsExact();
  });

  it(`is found: ${BUSY}`, async () => {
    await judge(BUSY).newestIsExact();
    // What the snapshot did not have yet, the next one must have, however late its rctime came.
    await run('--only', `${top}/${BUSY}`);
    await judge(BUSY).newestIsExact();
  });
});

it(`a change that only its bytes tell of is found: ${BESIDE}`, async () => {
  await dismissJudges();
  await using client = await CephfsClient.open();
  const tree = await freshDirectory(client, 'tree-beside');
  const root = await freshDataset('tree-beside');
  // Where both sides of the lab have it.
  const hold = await mkdtemp(new URL('../../node_modules/.lab/held-', import.meta.url).pathname);
  const command = ['/bin/bash', '-c', HELD, 'held', hold];
  const config = await writeTreeConfig({
    name: 'tree-beside',
    select: [tree],
    dataset: root,
    source: 'scan: { settle: 2s }',
    more: `hooks: { after_snapshot: [{ command: ${JSON.stringify(command)} }] }`,
  });
  const beside = new TreeJudge(tree, `${root}/cephfs/cephfs${tree}`);
  const paths = Array.from({ length: BESIDE_FILES }, (_, index) => `${tree}/file-${index}`);
  for (const path of paths) {
    await client.write(path, 0, text('before'));
    await client.utimes(path, { mtime: YEAR_2030 });
  }
  await client.sync();
  await using other = await CephfsClient.open();
  await using open = new AsyncDisposableStack();
  const [ours, theirs]: [OpenWriter[], OpenWriter[]] = [[], []];
  for (const path of paths) {
    ours.push(open.use(await client.openWriter(path)));
    theirs.push(open.use(await other.openWriter(path)));
  }
  for (const writer of ours) await writer.write(0, text('first!'));
  const first = mustRun('tree-beside', config);
  const ended = first.then(() => Promise.reject(new Error('the run did not wait')));
  await Promise.race([appears(`${hold}/taken`), ended]);
  for (const writer of theirs) await writer.write(0, text('SECOND'));
  await writeFile(`${hold}/go`, '');
  await first;
  await beside.newestIsExact();
  const second = eventsOf(await mustRun('tree-beside', config), 'transfer-finished');
  await beside.newestIsExact();
  const { changed = 0, rechecked = 0 } = second[0]?.tree ?? {};
  expect(changed + rechecked).toBe(BESIDE_FILES);
  await open.disposeAsync();
  await rm(hold, { recursive: true });
  await dismissJudges();
  await client.removeTree(tree);
});
