import { randomFillSync } from 'node:crypto';
import { rename, rm, symlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Piece } from '../../src/core/extent.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import type { VolumeOrder, VolumeTarget } from '../../src/core/volume.ts';
import { allocateAligned } from '../../src/native/memory.ts';
import { openZvol } from '../../src/target/zfs/device.ts';
import { listBackups } from '../../src/target/zfs/list.ts';
import { bash, catalogOf, contents, holdExclusively, makeRoot, run } from '../support/zfs-side.ts';

const KIB = 1024;
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const signal = new AbortController().signal;

function order(name: string, size: number, rest: Partial<VolumeOrder> = {}): VolumeOrder {
  const snapshot = { name, id: name, size, isProtected: false, group: null };
  const fixed = { source: 'rbd/image', identity: IDENTITY, snapshot, description: {} };
  return { ...fixed, base: null, checkpoint: null, compare: false, ...rest };
}

function random(length: number): Buffer {
  const bytes = allocateAligned(length);
  return randomFillSync(bytes);
}

async function* data(offset: number, ...buffers: readonly Buffer[]): AsyncGenerator<Piece> {
  let at = offset;
  for (const buffer of buffers) {
    const lease = { buffer, release: () => undefined };
    yield { kind: 'data', offset: at, length: buffer.length, lease };
    at += buffer.length;
  }
}

async function transfer(
  target: VolumeTarget,
  about: VolumeOrder,
  pieces: AsyncGenerator<Piece>,
): Promise<void> {
  await using writer = await target.begin(about, signal);
  await writer.apply(pieces, { signal });
  await writer.commit(signal);
}

async function property(name: string, dataset: string): Promise<string> {
  return run('zfs', 'get', '-Hp', '-o', 'value', name, dataset);
}

describe('a zvol as a target', () => {
  let root: string;
  let destroy: () => PromiseLike<void>;

  beforeEach(async () => {
    const made = await makeRoot();
    root = made.root;
    destroy = () => made[Symbol.asyncDispose]();
  });
  afterEach(() => destroy());

  it('is sparse, has the properties of the configuration, and is hidden and read-only at rest', async () => {
    const properties = { compression: 'zstd', 'user:note': 'kept' };
    const catalog = catalogOf(root, { properties, blockSize: 64 * KIB });
    const target = await catalog.create('rbd/image', IDENTITY, signal);
    const { dataset } = target;
    async function expectAtRest(): Promise<void> {
      expect(await property('readonly', dataset)).toBe('on');
      expect(await property('volmode', dataset)).toBe('none');
      expect(await property('snapdev', dataset)).toBe('hidden');
      await run('udevadm', 'settle');
      await expect(run('test', '-e', `/dev/zvol/${dataset}`)).rejects.toThrow();
    }
    await expectAtRest();
    await transfer(target, order('s1', 10 * 1024 * KIB), data(0, random(64 * KIB)));
    await expectAtRest();
    expect(await property('compression', dataset)).toBe('zstd');
    expect(await property('user:note', dataset)).toBe('kept');
    expect(await property('volblocksize', dataset)).toBe(String(64 * KIB));
    expect(await property('refreservation', dataset)).toBe('0');
    expect(await property('volsize', dataset)).toBe(String(10 * 1024 * KIB));
    expect(Number(await property('referenced', dataset))).toBeLessThan(400 * KIB);
  });

  it('is hidden and read-only again after a transfer that was given up', async () => {
    const target = await catalogOf(root).create('rbd/image', IDENTITY, signal);
    {
      await using writer = await target.begin(order('s1', 64 * KIB), signal);
      await writer.apply(data(0, random(16 * KIB)), { signal });
      expect(await property('volmode', target.dataset)).toBe('dev');
    }
    expect(await property('readonly', target.dataset)).toBe('on');
    expect(await property('volmode', target.dataset)).toBe('none');
  });

  it('turns compression on where the dataset above has it off, for the sake of holes', async () => {
    await run('zfs', 'set', 'compression=off', root);
    const catalog = catalogOf(root);
    await catalog.check(signal);
    const { dataset } = await catalog.create('rbd/image', IDENTITY, signal);
    expect(await property('compression', dataset)).toBe('on');
  });

  it('is not written through a link that leads to another volume', async () => {
    const [mine, other] = [`${root}/mine`, `${root}/other`];
    for (const name of [mine, other]) await run('zfs', 'create', '-s', '-V', '1M', name);
    await bash(
      'udevadm settle; for i in {1..600}; do [ -b "$1" -a -b "$2" ] && exit; sleep 0.1; done; exit 1',
      `/dev/zvol/${mine}`,
      `/dev/zvol/${other}`,
    );
    const link = `/dev/zvol/${mine}`;
    await rename(link, `${link}.kept`);
    await symlink(await run('readlink', '-f', `/dev/zvol/${other}`), link);
    try {
      await expect(openZvol(mine, 1024 * KIB, signal, 500)).rejects.toMatchObject({
        code: 'zvol-device',
        message: expect.stringContaining(`belongs to ${other}`),
      });
    } finally {
      await rm(link);
      await rename(`${link}.kept`, link);
    }
    await expect(openZvol(mine, 2048 * KIB, signal, 500)).rejects.toMatchObject({
      message: expect.stringContaining('has 1048576 bytes instead of 2097152'),
    });
    const device = await openZvol(mine, 1024 * KIB, signal);
    await device.close();
  });

  it('is waited for, because its device appears some time after the command', async () => {
    const name = `${root}/late`;
    await run('zfs', 'create', '-s', '-o', 'volmode=none', '-V', '1M', name);
    const opening = openZvol(name, 1024 * KIB, signal);
    await sleep(300);
    await run('zfs', 'set', 'volmode=dev', name);
    await (await opening).close();
  });

  it('is not written while something else holds its device', async () => {
    const target = await catalogOf(root).create('rbd/image', IDENTITY, signal);
    await transfer(target, order('s1', 64 * KIB), data(0, random(64 * KIB)));
    await run('zfs', 'set', 'volmode=dev', target.dataset);
    const device = `/dev/zvol/${target.dataset}`;
    await bash(
      'udevadm settle; for i in {1..600}; do [ -b "$1" ] && exit; sleep 0.1; done; exit 1',
      device,
    );
    {
      await using _holder = await holdExclusively(device);
      const begin = target.begin(order('s2', 64 * KIB, { base: 's1' }), signal);
      await expect(begin).rejects.toMatchObject({ code: 'zvol-busy' });
    }
    await transfer(target, order('s2', 64 * KIB, { base: 's1' }), data(0, random(16 * KIB)));
  });

  it('believes only what a dataset or snapshot was told itself, nothing inherited', async () => {
    const catalog = catalogOf(root);
    const target = await catalog.create('rbd/image', IDENTITY, signal);
    await transfer(target, order('s1', 64 * KIB), data(0, random(16 * KIB)));
    // This one inherits the identity of the volume, and a kind from above.
    await run(
      'zfs',
      'set',
      'ceph2zfs:kind=commit',
      'ceph2zfs:snapshot-id=7',
      'ceph2zfs:size=5',
      root,
    );
    await run('zfs', 'snapshot', `${target.dataset}@stranger`);
    await run('zfs', 'create', '-s', '-V', '1M', `${root}/rbd/rbd/image::2`);
    await run(
      'zfs',
      'set',
      'ceph2zfs:cluster=c',
      'ceph2zfs:pool-id=1',
      'ceph2zfs:image-id=x',
      root,
    );
    const [first, second] = await catalogOf(root).generations('rbd/image', signal);
    expect(first?.snapshots.map(({ name }) => name)).toEqual(['s1']);
    expect(second?.identity).toBeNull();
  });

  it('goes on with a chain that came through send and receive', async () => {
    const target = await catalogOf(root).create('rbd/image', IDENTITY, signal);
    await transfer(target, order('s1', 64 * KIB), data(0, random(16 * KIB)));
    await run('zfs', 'create', '-p', `${root}/copy/rbd/rbd`);
    const copy = `${root}/copy/rbd/rbd/image`;
    await bash('zfs send -p "$1@s1" | zfs receive "$2"', target.dataset, copy);
    const [state] = await catalogOf(`${root}/copy`).generations('rbd/image', signal);
    expect(state?.identity).toEqual(IDENTITY);
    expect(state?.snapshots[0]?.record.snapshot).toEqual({ name: 's1', id: 's1' });
  });

  it('takes hardly any room for blocks that did not change, when it compares', async () => {
    const target = await catalogOf(root).create('rbd/image', IDENTITY, signal);
    const bytes = random(2048 * KIB);
    await transfer(target, order('s1', bytes.length), data(0, bytes));
    const changed = allocateAligned(bytes.length);
    bytes.copy(changed);
    changed[5000] = 1 ^ (changed[5000] ?? 0);
    const compared = order('s2', bytes.length, { base: 's1', compare: true });
    await transfer(target, compared, data(0, changed));
    expect(Number(await property('written', `${target.dataset}@s2`))).toBeLessThan(100 * KIB);
    await transfer(target, order('s3', bytes.length, { base: 's2' }), data(0, changed));
    expect(Number(await property('written', `${target.dataset}@s3`))).toBeGreaterThan(2000 * KIB);
    expect(changed.equals(await contents(target.dataset, 's2'))).toBe(true);
  });

  it('holds an image whose name ZFS would not take, and lists it under its own', async () => {
    const source = 'rbd/ns 1/ü%:..#\t';
    const target = await catalogOf(root).create(source, IDENTITY, signal);
    await transfer(target, order('s1', 64 * KIB, { source }), data(0, random(16 * KIB)));
    const [listed] = await listBackups(root, signal);
    expect(listed?.source).toBe(source);
    expect(listed?.snapshots.map(({ name }) => name)).toEqual(['s1']);
  });

  it('lists an unfinished transfer, and no checkpoint as a backup', async () => {
    const checkpoint = { everyMs: 3_600_000, everyBytes: 1 };
    const catalog = catalogOf(root, { checkpoint, parallel: 1 });
    const target = await catalog.create('rbd/image', IDENTITY, signal);
    {
      await using writer = await target.begin(order('s1', 64 * KIB), signal);
      await writer.apply(data(0, random(16 * KIB), random(16 * KIB)), { signal });
    }
    const [listed] = await listBackups(root, signal);
    expect(listed).toMatchObject({ unfinished: { offset: 16 * KIB }, snapshots: [] });
  });

  it('says that the place for the backups is missing, no filesystem, or locked', async () => {
    await expect(catalogOf(`${root}/nowhere`).check(signal)).rejects.toMatchObject({
      code: 'dataset-missing',
      message: expect.stringContaining(`${root}/nowhere`),
    });
    await run('zfs', 'create', '-s', '-V', '1M', `${root}/volume`);
    await expect(catalogOf(`${root}/volume`).check(signal)).rejects.toMatchObject({
      code: 'dataset-kind',
    });
    const secret = `${root}/secret`;
    await bash(
      'echo password | zfs create -o encryption=on -o keyformat=passphrase "$1"; zfs unload-key "$1" 2>/dev/null || { zfs unmount "$1"; zfs unload-key "$1"; }',
      secret,
    );
    await expect(catalogOf(secret).check(signal)).rejects.toMatchObject({
      code: 'key-not-loaded',
      hint: expect.stringContaining(`zfs load-key ${secret}`),
    });
  });

  it('asks for the key of a volume that has one of its own', async () => {
    const [parents, volume] = [`${root}/rbd/rbd`, `${root}/rbd/rbd/image`];
    await run('zfs', 'create', '-p', parents);
    const encrypted = '-o encryption=on -o keyformat=passphrase -o volmode=none';
    await bash(
      `echo password | zfs create -s -V 1M ${encrypted} "$1"; zfs unload-key "$1"`,
      volume,
    );
    const begin = catalogOf(root)
      .open(volume)
      .begin(order('s1', 64 * KIB), signal);
    await expect(begin).rejects.toMatchObject({
      code: 'key-not-loaded',
      message: expect.stringContaining(volume),
    });
  });

  it('keeps the words of the zfs command in the error', async () => {
    const clash = `${root}/rbd/rbd`;
    await run('zfs', 'create', '-p', '-s', '-V', '1M', clash);
    await expect(catalogOf(root).create('rbd/image', IDENTITY, signal)).rejects.toMatchObject({
      name: 'ZfsError',
      message: expect.stringMatching(/`zfs create .* failed with exit status \d+: .*parent/),
    });
  });
});
