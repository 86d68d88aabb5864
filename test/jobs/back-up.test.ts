import { describe, expect, it } from 'vitest';
import { CephError } from '../../src/source/ceph/errors.ts';
import { fails, times } from '../fakes/faults.ts';
import { createMemoryLab, IMAGE, type MemoryLab } from './lab.ts';

const SIZE = 100_000;

function lab(...options: Parameters<typeof createMemoryLab>): MemoryLab {
  const made = createMemoryLab(...options);
  const image = made.cluster.createImage(IMAGE, SIZE);
  image.write(5_000, Buffer.alloc(30_000, 1));
  return made;
}

/** The newest backup is byte for byte the source's snapshot of that name. */
function expectExact(made: MemoryLab, dataset?: string): void {
  const image = made.cluster.image(IMAGE);
  const newest = made.committed(dataset).at(-1);
  const snapshot = image.snapshots.find(({ name }) => name === newest?.name);
  if (newest === undefined || snapshot === undefined) throw new Error('no common snapshot');
  expect(newest.size).toBe(snapshot.size);
  expect(newest.data.subarray(0, newest.size).equals(image.contents(snapshot))).toBe(true);
  expect(newest.data.subarray(newest.size).every((byte) => byte === 0)).toBe(true);
  expect(made.lentBuffers()).toBe(0);
}

const boom = new Error('killed here');

describe('backing up an image', () => {
  it('copies in full, then only what changed, under the same name on both sides', async () => {
    const made = lab();
    await made.run();
    expectExact(made);
    made.cluster.image(IMAGE).write(50_000, Buffer.alloc(10, 2));
    await made.run();
    expectExact(made);
    const finished = made.events.filter((event) => event.type === 'transfer-finished');
    expect(finished.map(({ mode }) => mode)).toEqual(['full', 'incremental']);
    expect(finished[1]?.bytesRead).toBe(4096);
  });

  it('keeps just the newest common snapshot on the source, and all on the target', async () => {
    const made = lab();
    await made.run();
    await made.run();
    await made.run();
    expect(made.committed()).toHaveLength(3);
    const names = made.cluster.image(IMAGE).snapshots.map(({ name }) => name);
    expect(names).toEqual([made.committed().at(-1)?.name]);
  });

  it('never removes or uses snapshots that others made, whatever they are called', async () => {
    const made = lab();
    const image = made.cluster.image(IMAGE);
    image.createSnapshot('before-upgrade');
    image.createSnapshot('c2z_2020-01-01T00:00:00Z');
    await made.run();
    await made.run();
    const names = image.snapshots.map(({ name }) => name);
    expect(names).toContain('before-upgrade');
    expect(names).toContain('c2z_2020-01-01T00:00:00Z');
    expect(names).toHaveLength(3);
  });

  it('removes the old base only after the new snapshot is committed', async () => {
    const made = lab();
    await made.run();
    const base = made.committed()[0]?.name;
    made.pool.at('commit', () => {
      throw boom;
    });
    await expect(made.run()).rejects.toThrow('killed here');
    const names = made.cluster.image(IMAGE).snapshots.map(({ name }) => name);
    expect(names).toContain(base);
  });

  it('forgets an object that was written and removed between two tries of an increment', async () => {
    const made = lab({}, { checkpointBytes: 1 });
    const image = made.cluster.image(IMAGE);
    await made.run();
    image.write(80_000, Buffer.alloc(4_000, 9));
    image.write(90_000, Buffer.alloc(4_000, 9));
    made.pool.at('commit', () => {
      throw boom;
    });
    await expect(made.run()).rejects.toThrow('killed here');
    made.pool.at('commit', null);
    // The snapshot that was being sent is lost, and so is the object that it had.
    image.removeSnapshot(image.snapshots.at(-1)?.name ?? '');
    image.discard(80_000, 20_000);
    await made.run();
    expectExact(made);
  });

  it('does not take an image made again under its name for the old one', async () => {
    const made = lab();
    await made.run();
    const before = made.committed()[0]?.data;
    made.cluster.removeImage(IMAGE);
    made.cluster.createImage(IMAGE, SIZE).write(0, Buffer.alloc(100, 7));
    await made.run();
    expectExact(made, `pool/${IMAGE}::2`);
    expect(made.committed()[0]?.data).toBe(before);
    const planned = made.events.findLast((event) => event.type === 'transfer-planned');
    expect(planned).toMatchObject({ reason: 'replaced', beside: `pool/${IMAGE}` });
  });

  it('resyncs beside the old backup when the base is gone, and tells so', async () => {
    const made = lab();
    await made.run();
    const image = made.cluster.image(IMAGE);
    image.removeSnapshot(image.snapshots[0]?.name ?? '');
    await made.run();
    expectExact(made, `pool/${IMAGE}::2`);
    expect(made.committed()).toHaveLength(1);
    const planned = made.events.findLast((event) => event.type === 'transfer-planned');
    expect(planned).toMatchObject({ reason: 'no-base', beside: `pool/${IMAGE}` });
  });

  it('uses the snapshot that a stalled call made after all', async () => {
    const made = lab();
    made.cluster.faults.at('createdSnapshot', times(1, fails(boom)));
    await expect(made.run()).rejects.toThrow('killed here');
    expect(made.cluster.image(IMAGE).snapshots).toHaveLength(1);
    await made.run();
    expectExact(made);
    expect(made.cluster.image(IMAGE).snapshots).toHaveLength(1);
  });

  it('finishes a cut-off transfer from its checkpoint, then makes a backup of now', async () => {
    const made = lab({}, { checkpointBytes: 8_192 });
    const image = made.cluster.image(IMAGE);
    await made.run();
    for (const at of [0, 20_000, 40_000, 60_000, 80_000]) image.write(at, Buffer.alloc(9_000, 3));
    let writes = 0;
    made.pool.at('write', () => {
      if (++writes === 4) throw boom;
    });
    await expect(made.run()).rejects.toThrow('killed here');
    made.pool.at('write', null);
    image.write(0, Buffer.alloc(50, 4));
    made.events.length = 0;
    await made.run();
    expectExact(made);
    expect(made.committed()).toHaveLength(3);
    const planned = made.events.filter((event) => event.type === 'transfer-planned');
    expect(planned.map(({ resumeOffset }) => resumeOffset > 0)).toEqual([true, false]);
    expect(image.snapshots).toHaveLength(1);
    const kinds = made.pool.dataset(`pool/${IMAGE}`).snapshots.map(({ kind }) => kind);
    expect(kinds).toEqual(['commit', 'commit', 'commit']);
  });

  it('commits nothing when a block that the diff calls unchanged differs', async () => {
    const made = createMemoryLab({ samples: 64 });
    const image = made.cluster.createImage(IMAGE, 1024 * 1024);
    await made.run();
    image.write(300_000, Buffer.alloc(1_000, 5));
    made.cluster.faults.distortDiff = () => [];
    await expect(made.run()).rejects.toMatchObject({ code: 'diff-missed-change' });
    expect(made.committed()).toHaveLength(1);
    expect(made.lentBuffers()).toBe(0);
  });

  it('fails whole when a read fails, and goes on at the next run', async () => {
    const made = lab();
    const error = new CephError('read-failed', 'reading failed (EIO, errno 5)');
    made.cluster.faults.at('read', fails(error));
    await expect(made.run()).rejects.toBe(error);
    expect(made.committed()).toEqual([]);
    expect(made.lentBuffers()).toBe(0);
    made.cluster.faults.clear();
    await made.run();
    expectExact(made);
  });

  it('commits nothing when the snapshot was removed while it was copied', async () => {
    const made = lab();
    const image = made.cluster.image(IMAGE);
    made.cluster.faults.at('read', () => {
      // What a removed snapshot reads as is anything, and no error.
      for (const { name } of image.snapshots) image.removeSnapshot(name);
    });
    await expect(made.run()).rejects.toMatchObject({ code: 'snapshot-missing' });
    expect(made.committed()).toEqual([]);
    made.cluster.faults.clear();
    await made.run();
    expectExact(made);
  });

  it('copies nothing twice into the way of another run of the same source', async () => {
    const made = lab();
    await using _lock = await made.pool.catalog().lock(IMAGE);
    await expect(made.run()).rejects.toMatchObject({ code: 'target-busy' });
  });

  it('warns, and does not fail, when an old base cannot be removed', async () => {
    const made = lab();
    await made.run();
    const image = made.cluster.image(IMAGE);
    image.protectSnapshot(image.snapshots[0]?.name ?? '');
    await made.run();
    expectExact(made);
    expect(image.snapshots).toHaveLength(2);
    expect(made.events).toContainEqual(
      expect.objectContaining({ type: 'warning', code: 'snapshot-kept', source: IMAGE }),
    );
  });

  it('copies everything again beside the old backup when it is asked to', async () => {
    const made = lab();
    await made.run();
    await made.run({ full: true });
    expectExact(made, `pool/${IMAGE}::2`);
    await made.run();
    expect(made.committed(`pool/${IMAGE}::2`)).toHaveLength(2);
    expect(made.committed()).toHaveLength(1);
  });
});
