import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ImageSnapshot, VolumeSource } from '../../src/core/volume.ts';
import { openRbdCatalog, type RbdCatalog } from '../../src/source/rbd/catalog.ts';
import { rbd, temporaryPool } from '../support/ceph-cli.ts';
import { cephConf } from '../support/rbd-harness.ts';

const never = new AbortController().signal;
const PAIR_WRITER = new URL('../support/pair-writer.ts', import.meta.url).pathname;
const LOCK_OWNER = new URL('../support/lock-owner.ts', import.meta.url).pathname;

let pool: Awaited<ReturnType<typeof temporaryPool>>;
let guest: ChildProcess | undefined;

beforeAll(async () => {
  pool = await temporaryPool();
});

afterEach(async () => {
  if (guest === undefined) return;
  guest.kill('SIGCONT');
  guest.stdin?.end();
  if (guest.exitCode === null) await once(guest, 'exit');
  guest = undefined;
});

afterAll(async () => {
  await pool?.[Symbol.asyncDispose]();
});

function openCatalog(snapshotTimeoutMs = 60_000): Promise<RbdCatalog> {
  return openRbdCatalog({ conf: cephConf(), user: 'admin', snapshotTimeoutMs }, never);
}

async function startGuest(...args: readonly string[]): Promise<ChildProcess> {
  guest = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(guest.stdout ?? guest, 'data');
  return guest;
}

/** Makes a group and the images of it; their names are those of the pool and `names`. */
async function makeGroup(group: string, ...names: readonly string[]): Promise<void> {
  await rbd('group', 'create', `${pool.name}/${group}`);
  for (const name of names) {
    await rbd('create', `${pool.name}/${name}`, '--size', '4M');
    await rbd('group', 'image', 'add', `${pool.name}/${group}`, `${pool.name}/${name}`);
  }
}

async function findGroup(catalog: RbdCatalog, group: string) {
  const groups = await catalog.groups(never);
  const found = groups.find(({ name }) => name === `${pool.name}/${group}`);
  if (found === undefined) throw new Error(`group ${group} is not listed`);
  return found;
}

async function numberAt(source: VolumeSource, snapshot: ImageSnapshot): Promise<bigint> {
  await using reader = await source.openSnapshot(snapshot, never);
  const bytes = Buffer.alloc(4096);
  await reader.read(0, 4096, bytes, never);
  return bytes.readBigUInt64LE();
}

describe('a snapshot of a group', () => {
  it('is of one moment, whatever a guest writes to its images one after the other', async () => {
    await makeGroup('pair', 'first', 'second');
    await using catalog = await openCatalog();
    const group = await findGroup(catalog, 'pair');
    await using first = await catalog.open(`${pool.name}/first`, never);
    await using second = await catalog.open(`${pool.name}/second`, never);
    await startGuest(PAIR_WRITER, pool.name, 'first', 'second');
    const seen: bigint[] = [];
    for (let round = 0; round < 15; round++) {
      const made = await group.createSnapshot(`s${round}`, [first, second], never);
      const ahead = await numberAt(first, made.get(first.name) as ImageSnapshot);
      const behind = await numberAt(second, made.get(second.name) as ImageSnapshot);
      expect([0n, 1n]).toContain(ahead - behind);
      seen.push(ahead);
    }
    // The guest went on between them, or nothing would be proved.
    expect(new Set(seen).size).toBeGreaterThan(10);
  });

  it('holds images of several pools', async () => {
    await using other = await temporaryPool();
    await makeGroup('wide', 'near');
    await rbd('create', `${other.name}/far`, '--size', '4M');
    await rbd('group', 'image', 'add', `${pool.name}/wide`, `${other.name}/far`);
    await using catalog = await openCatalog();
    const group = await findGroup(catalog, 'wide');
    const names = [`${other.name}/far`, `${pool.name}/near`];
    expect(await group.members(never)).toEqual(names.toSorted());
    const sources = await Promise.all(names.map((name) => catalog.open(name, never)));
    const made = await group.createSnapshot('s', sources, never);
    expect([...made.keys()]).toEqual(names);
    const gone: boolean[] = [];
    for (const source of sources) {
      gone.push(await source.removeSnapshot(made.get(source.name) as ImageSnapshot, never));
      expect(await source.snapshots(never)).toHaveLength(gone.length === 1 ? 1 : 0);
    }
    expect(gone).toEqual([false, true]);
  });

  it('is known by the id that it has in the image, and rbd shows the same', async () => {
    await makeGroup('known', 'one');
    await using catalog = await openCatalog();
    const group = await findGroup(catalog, 'known');
    await using source = await catalog.open(`${pool.name}/one`, never);
    const made = await group.createSnapshot('s', [source], never);
    const told = JSON.parse(
      await rbd('snap', 'ls', '--all', `${pool.name}/one`, '--format', 'json'),
    ) as { id: number; name: string; namespace: { type: string } }[];
    const part = told.find(({ namespace }) => namespace.type === 'group');
    expect(made.get(source.name)?.id).toBe(String(part?.id));
  });

  it('is not made of images without an exclusive lock without a word', async () => {
    await makeGroup('doubtful', 'locked');
    await rbd('create', `${pool.name}/free`, '--size', '4M', '--image-feature', 'layering');
    await rbd('group', 'image', 'add', `${pool.name}/doubtful`, `${pool.name}/free`);
    await using catalog = await openCatalog();
    const group = await findGroup(catalog, 'doubtful');
    expect(await group.doubts(never)).toEqual([expect.stringContaining(`${pool.name}/free`)]);
  });

  it('of a group that is gone says so', async () => {
    await makeGroup('gone');
    await using catalog = await openCatalog();
    const group = await findGroup(catalog, 'gone');
    await rbd('group', 'remove', `${pool.name}/gone`);
    expect(await group.members(never)).toEqual([]);
    await expect(group.createSnapshot('s', [], never)).rejects.toMatchObject({
      code: 'group-missing',
      message: expect.stringContaining(`${pool.name}/gone`),
    });
  });
});

describe('a guest that does not answer', () => {
  it('is told of, and the snapshot that then comes about late is found', async () => {
    await makeGroup('late', 'slow');
    const owner = await startGuest(LOCK_OWNER, pool.name, 'slow');
    await using catalog = await openCatalog(4000);
    const group = await findGroup(catalog, 'late');
    await using source = await catalog.open(`${pool.name}/slow`, never);
    // The anchor is none of this test: it would be waited for as well.
    owner.kill('SIGSTOP');
    await expect(group.createSnapshot('s', [], never)).rejects.toMatchObject({
      code: 'snapshot-stalled',
    });
    // As long as it is not whole it is none.
    expect(await source.snapshots(never)).toEqual([]);
    owner.kill('SIGCONT');
    await expect
      .poll(async () => (await source.snapshots(never)).map(({ name }) => name), {
        timeout: 30_000,
        interval: 500,
      })
      .toEqual(['s']);
  });
});
