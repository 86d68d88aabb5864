import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Piece } from '../../src/core/extent.ts';
import type { ImageIdentity } from '../../src/core/source.ts';
import type { TargetCatalog, TargetState } from '../../src/core/target.ts';
import type {
  ImageSnapshot,
  VolumeOrder,
  VolumeTarget,
  VolumeWriter,
} from '../../src/core/volume.ts';
import { allocateAligned } from '../../src/native/memory.ts';
import { describeTargetCatalog, newestState, type TargetHarness } from './target.ts';

/** What a kind of volume target must offer. Its first catalog takes a checkpoint before each piece but the first. */
export interface VolumeTargetHarness extends TargetHarness<VolumeTarget, Buffer> {
  /** Writes bytes into the volume, as somebody would who goes round this program. */
  scribble(dataset: string, offset: number, bytes: Buffer): Promise<void>;
}

const BLOCK = 16 * 1024;
const SOURCE = 'rbd/image';
const IDENTITY: ImageIdentity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
const signal = new AbortController().signal;

function filled(blocks: number, byte: number): Buffer {
  return Buffer.alloc(blocks * BLOCK, byte);
}

function data(block: number, bytes: Buffer): Piece {
  // Large enough for padding to a whole block, as the pool's buffers are.
  const buffer = allocateAligned(Math.ceil(bytes.length / BLOCK) * BLOCK).fill(0xee);
  bytes.copy(buffer);
  const lease = { buffer, release: () => undefined };
  return { kind: 'data', offset: block * BLOCK, length: bytes.length, lease };
}

function zero(block: number, blocks: number): Piece {
  return { kind: 'zero', offset: block * BLOCK, length: blocks * BLOCK };
}

async function* stream(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

/** The behaviour that the rest of the program relies on, for every kind of volume target. */
export function describeVolumeTarget(
  kind: string,
  makeHarness: () => Promise<VolumeTargetHarness>,
): void {
  describe(`volume target: ${kind}`, () => {
    let harness: VolumeTargetHarness;
    let catalog: TargetCatalog<VolumeTarget>;
    let nextId = 1;

    beforeEach(async () => {
      harness = await makeHarness();
      catalog = harness.catalog;
      await catalog.check(signal);
    });
    afterEach(async () => {
      await harness[Symbol.asyncDispose]();
    });

    function snapshot(name: string, size: number): ImageSnapshot {
      return { name, id: String(nextId++), size, isProtected: false, group: null };
    }

    function order(about: ImageSnapshot, rest: Partial<VolumeOrder> = {}): VolumeOrder {
      const description = { order: 22, metadata: { note: 'ä\t%\n"' } };
      const fixed = { source: SOURCE, identity: IDENTITY, snapshot: about, description };
      return { ...fixed, base: null, checkpoint: null, compare: false, ...rest };
    }

    async function apply(writer: VolumeWriter, ...pieces: Piece[]) {
      return writer.apply(stream(pieces), { signal });
    }

    /** One whole transfer. */
    async function transfer(
      target: VolumeTarget,
      name: string,
      size: number,
      base: string | null,
      ...pieces: Piece[]
    ): Promise<void> {
      await using writer = await target.begin(order(snapshot(name, size), { base }), signal);
      await apply(writer, ...pieces);
      await writer.commit(signal);
      await target.settle(signal);
    }

    function state(): Promise<TargetState> {
      return newestState(catalog, SOURCE);
    }

    async function makeTarget(): Promise<VolumeTarget> {
      return catalog.create(SOURCE, IDENTITY, signal);
    }

    describeTargetCatalog(() => harness, {
      source: SOURCE,
      identity: IDENTITY,
      other: 'rbd/other',
    });

    it('commits a full transfer with its record', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 4 * BLOCK, null, data(0, filled(1, 1)), data(2, filled(1, 3)));
      const wanted = Buffer.concat([filled(1, 1), filled(1, 0), filled(1, 3), filled(1, 0)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's1'))).toBe(true);
      const { snapshots } = await state();
      expect(snapshots).toHaveLength(1);
      expect(snapshots[0]?.record).toEqual({
        source: SOURCE,
        identity: IDENTITY,
        snapshot: expect.objectContaining({ name: 's1' }),
        size: 4 * BLOCK,
        base: null,
        description: { order: 22, metadata: { note: 'ä\t%\n"' } },
        scan: null,
      });
    });

    it('applies an increment and leaves the older snapshot as it was', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 4 * BLOCK, null, data(0, filled(4, 1)));
      await transfer(target, 's2', 4 * BLOCK, 's1', data(1, filled(1, 2)), zero(2, 2));
      const wanted = Buffer.concat([filled(1, 1), filled(1, 2), filled(2, 0)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's2'))).toBe(true);
      expect(filled(4, 1).equals(await harness.contents(target.dataset, 's1'))).toBe(true);
      expect((await state()).snapshots.map(({ record }) => record.base)).toEqual([null, 's1']);
    });

    it('pads the last block of an image of an odd size with zeros', async () => {
      const target = await makeTarget();
      const size = BLOCK + 1000;
      await transfer(target, 's1', size, null, data(0, filled(2, 7).subarray(0, size)));
      const wanted = Buffer.alloc(2 * BLOCK);
      wanted.fill(7, 0, size);
      expect(wanted.equals(await harness.contents(target.dataset, 's1'))).toBe(true);
      expect((await state()).snapshots[0]?.record.size).toBe(size);
    });

    it('follows an image that shrinks and grows again, with zeros where it grew', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 4 * BLOCK, null, data(0, filled(4, 1)));
      await transfer(target, 's2', 2 * BLOCK, 's1');
      await transfer(target, 's3', 3 * BLOCK, 's2');
      expect(filled(2, 1).equals(await harness.contents(target.dataset, 's2'))).toBe(true);
      const wanted = Buffer.concat([filled(2, 1), filled(1, 0)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's3'))).toBe(true);
      expect(filled(4, 1).equals(await harness.contents(target.dataset, 's1'))).toBe(true);
    });

    it('forgets what a transfer wrote that was never committed', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 4 * BLOCK, null, data(0, filled(4, 1)));
      {
        const cutOff = order(snapshot('s2', 4 * BLOCK), { base: 's1' });
        await using writer = await target.begin(cutOff, signal);
        await apply(writer, data(3, filled(1, 9)));
      }
      await transfer(target, 's3', 4 * BLOCK, 's1', data(0, filled(1, 2)));
      const wanted = Buffer.concat([filled(1, 2), filled(3, 1)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's3'))).toBe(true);
      expect((await state()).snapshots.map(({ name }) => name)).toEqual(['s1', 's3']);
    });

    it('wipes what a full transfer left that was never committed', async () => {
      const target = await makeTarget();
      {
        await using writer = await target.begin(order(snapshot('s1', 4 * BLOCK)), signal);
        await apply(writer, data(0, filled(1, 8)), data(1, filled(1, 9)));
      }
      await transfer(target, 's2', 4 * BLOCK, null, data(2, filled(1, 1)));
      const wanted = Buffer.concat([filled(2, 0), filled(1, 1), filled(1, 0)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's2'))).toBe(true);
    });

    it('undoes writes from outside between two runs', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 2 * BLOCK, null, data(0, filled(2, 1)));
      await harness.scribble(target.dataset, BLOCK, filled(1, 0x66));
      await transfer(target, 's2', 2 * BLOCK, 's1', data(0, filled(1, 2)));
      const wanted = Buffer.concat([filled(1, 2), filled(1, 1)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's2'))).toBe(true);
    });

    it('continues from a checkpoint, and drops it after the commit', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 4 * BLOCK, null, data(0, filled(4, 1)));
      const about = snapshot('s2', 4 * BLOCK);
      {
        await using writer = await target.begin(order(about, { base: 's1' }), signal);
        await apply(writer, data(0, filled(1, 2)), data(1, filled(1, 3)), data(2, filled(1, 9)));
      }
      const { checkpoint } = await state();
      expect(checkpoint).toEqual({
        name: expect.any(String),
        snapshotId: about.id,
        base: 's1',
        offset: 2 * BLOCK,
      });
      {
        const rest = order(about, { base: 's1', checkpoint });
        await using writer = await target.begin(rest, signal);
        await apply(writer, zero(2, 2));
        await writer.commit(signal);
        await target.settle(signal);
      }
      const wanted = Buffer.concat([filled(1, 2), filled(1, 3), filled(2, 0)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's2'))).toBe(true);
      expect((await state()).checkpoint).toBeNull();
    });

    it('goes back behind its checkpoints when nothing continues from them', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 3 * BLOCK, null, data(0, filled(3, 1)));
      {
        const cutOff = order(snapshot('s2', 3 * BLOCK), { base: 's1' });
        await using writer = await target.begin(cutOff, signal);
        await apply(writer, data(0, filled(1, 8)), data(1, filled(1, 9)));
      }
      await transfer(target, 's3', 3 * BLOCK, 's1', data(2, filled(1, 2)));
      const wanted = Buffer.concat([filled(2, 1), filled(1, 2)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's3'))).toBe(true);
    });

    it('works beside snapshots of others as long as the volume is unchanged', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 2 * BLOCK, null, data(0, filled(2, 1)));
      await harness.snapshotByOthers(target.dataset, 'daily');
      await transfer(target, 's2', 2 * BLOCK, 's1', data(1, filled(1, 2)));
      const wanted = Buffer.concat([filled(1, 1), filled(1, 2)]);
      expect(wanted.equals(await harness.contents(target.dataset, 's2'))).toBe(true);
    });

    it("never destroys another's snapshot to undo a change", async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 2 * BLOCK, null, data(0, filled(2, 1)));
      await harness.scribble(target.dataset, 0, filled(1, 0x66));
      await harness.snapshotByOthers(target.dataset, 'precious');
      const about = order(snapshot('s2', 2 * BLOCK), { base: 's1' });
      await expect(target.begin(about, signal)).rejects.toMatchObject({ code: 'target-changed' });
    });

    it('makes the next generation beside the older one', async () => {
      const first = await makeTarget();
      await transfer(first, 's1', BLOCK, null, data(0, filled(1, 1)));
      const second = await makeTarget();
      expect(second.dataset).toBe(`${first.dataset}::2`);
      const all = await catalog.generations(SOURCE, signal);
      expect(all.map(({ dataset }) => dataset)).toEqual([first.dataset, second.dataset]);
      expect(filled(1, 1).equals(await harness.contents(first.dataset, 's1'))).toBe(true);
    });

    it('writes only the blocks that differ when it is asked to compare', async () => {
      const target = await makeTarget();
      await transfer(target, 's1', 4 * BLOCK, null, data(0, filled(4, 1)));
      const about = order(snapshot('s2', 4 * BLOCK), { base: 's1', compare: true });
      await using writer = await target.begin(about, signal);
      const changed = Buffer.concat([filled(1, 1), filled(1, 2), filled(2, 1)]);
      expect(await apply(writer, data(0, changed))).toEqual({
        bytesDone: 4 * BLOCK,
        bytesWritten: BLOCK,
      });
      await writer.commit(signal);
      expect(changed.equals(await harness.contents(target.dataset, 's2'))).toBe(true);
    });

    it('tells whether it holds given bytes', async () => {
      const target = await makeTarget();
      await using writer = await target.begin(order(snapshot('s1', 2 * BLOCK)), signal);
      await apply(writer, data(1, filled(1, 5)));
      expect(await writer.holds(BLOCK, filled(1, 5), signal)).toBe(true);
      expect(await writer.holds(0, filled(2, 5), signal)).toBe(false);
    });

    it('stops at an abort without a commit', async () => {
      const target = await makeTarget();
      await using writer = await target.begin(order(snapshot('s1', 2 * BLOCK)), signal);
      const controller = new AbortController();
      async function* cancelled(): AsyncGenerator<Piece> {
        yield data(0, filled(1, 1));
        controller.abort(new Error('enough'));
        controller.signal.throwIfAborted();
      }
      await expect(writer.apply(cancelled(), { signal: controller.signal })).rejects.toThrow(
        'enough',
      );
      await expect(writer.commit(controller.signal)).rejects.toThrow('enough');
      expect((await state()).snapshots).toEqual([]);
    });
  });
}
