import { describe, expect, it } from 'vitest';
import { describeVolumeSource } from '../contract/volume-source.ts';
import { fails, hangs, times, whenReading } from './faults.ts';
import { memoryHarness } from './memory-harness.ts';
import { MemoryCluster } from './memory-source.ts';

const never = new AbortController().signal;

describeVolumeSource('memory', async () => memoryHarness(), { runs: 100, shrink: true });

describe('faults of the memory source', () => {
  async function setUp() {
    const cluster = new MemoryCluster();
    const image = cluster.createImage('pool/ns/vm', 100_000);
    image.write(50_000, Buffer.alloc(10, 'x'));
    const source = await cluster.catalog().open('pool/ns/vm', never);
    return { cluster, image, source };
  }

  it('strike once and are gone', async () => {
    const { cluster, source } = await setUp();
    const lost = new Error('lost');
    cluster.faults.at('snapshots', times(1, fails(lost)));
    await expect(source.snapshots(never)).rejects.toBe(lost);
    expect(await source.snapshots(never)).toEqual([]);
  });

  it('can strike after the snapshot was made', async () => {
    const { cluster, source } = await setUp();
    cluster.faults.at('createdSnapshot', fails(new Error('killed')));
    await expect(source.createSnapshot('s', never)).rejects.toThrow('killed');
    expect(await source.snapshots(never)).toHaveLength(1);
  });

  it('can strike where a certain byte is read', async () => {
    const { cluster, source } = await setUp();
    const snapshot = await source.createSnapshot('s', never);
    await using reader = await source.openSnapshot(snapshot, never);
    cluster.faults.at('read', whenReading(50_005, fails(new Error('EIO'))));
    await reader.read(0, 50_005, Buffer.alloc(50_005), never);
    await expect(reader.read(50_000, 10, Buffer.alloc(10), never)).rejects.toThrow('EIO');
  });

  it('hang until the signal ends it', async () => {
    const { cluster, source } = await setUp();
    cluster.faults.at('createSnapshot', hangs());
    const reason = new Error('enough');
    const controller = new AbortController();
    const call = source.createSnapshot('s', controller.signal);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('can leave a change out of a diff', async () => {
    const { cluster, source } = await setUp();
    const snapshot = await source.createSnapshot('s', never);
    cluster.faults.distortDiff = () => [];
    await using reader = await source.openSnapshot(snapshot, never);
    expect((await reader.diff(null, 'exact', never)).extents).toEqual([]);
  });
});
