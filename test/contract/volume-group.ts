import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceGroup } from '../../src/core/source.ts';
import type { ImageSnapshot, VolumeSource } from '../../src/core/volume.ts';
import { anchorName } from '../../src/source/rbd/anchor.ts';
import { applyExtents, readAll } from './volume-bytes.ts';
import type { ImageUnderTest, VolumeHarness } from './volume-source.ts';

/** A group that a contract test changes, as other people would. */
export interface GroupUnderTest {
  /** `pool[/namespace]/group`, as the catalog lists it. */
  readonly name: string;
  add(image: ImageUnderTest): Promise<void>;
  remove(image: ImageUnderTest): Promise<void>;
  createSnapshot(name: string): Promise<void>;
  removeSnapshot(name: string): Promise<void>;
}

export interface VolumeGroupHarness extends VolumeHarness {
  /** Makes a group with nothing in it. */
  createGroup(): Promise<GroupUnderTest>;
}

const KIB = 1024;
const SIZE = 256 * KIB;
const never = new AbortController().signal;

interface World {
  readonly group: GroupUnderTest;
  readonly found: SourceGroup<VolumeSource, ImageSnapshot>;
  readonly images: readonly [ImageUnderTest, ImageUnderTest];
  readonly sources: readonly [VolumeSource, VolumeSource];
}

/** What every source of volumes does whose images come in groups. */
export function describeVolumeGroups(
  name: string,
  makeHarness: () => Promise<VolumeGroupHarness>,
): void {
  describe(`${name}: groups of images`, () => {
    let harness: VolumeGroupHarness;
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(async () => {
      await harness?.[Symbol.asyncDispose]();
    });

    /** A group of two images. */
    async function withGroup(test: (world: World) => Promise<void>): Promise<void> {
      const group = await harness.createGroup();
      const images = [await harness.createImage(SIZE), await harness.createImage(SIZE)] as const;
      for (const image of images) await group.add(image);
      const found = (await harness.catalog.groups(never)).find((one) => one.name === group.name);
      if (found === undefined) throw new Error(`group ${group.name} is not listed`);
      await using first = await harness.catalog.open(images[0].name, never);
      await using second = await harness.catalog.open(images[1].name, never);
      await test({ group, found, images, sources: [first, second] });
    }

    async function names(source: VolumeSource): Promise<readonly string[]> {
      return (await source.snapshots(never)).map((snapshot) => snapshot.name);
    }

    /** As a snapshot of a group comes about, with time between its parts. */
    async function snapshotSlowly(
      { group, sources }: World,
      snapshot: string,
      between: () => Promise<void>,
    ): Promise<void> {
      for (const source of sources) await source.createSnapshot(anchorName(snapshot), never);
      await between();
      await group.createSnapshot(snapshot);
    }

    async function part(source: VolumeSource, snapshot: string): Promise<ImageSnapshot> {
      const found = (await source.snapshots(never)).find((one) => one.name === snapshot);
      if (found === undefined) throw new Error(`${source.name} has no snapshot ${snapshot}`);
      return found;
    }

    it('are listed, sorted, with the names of their images', async () => {
      await withGroup(async ({ group, found, images }) => {
        await harness.createGroup();
        const listed = (await harness.catalog.groups(never)).map((one) => one.name);
        expect(listed).toEqual([...listed].sort());
        expect(await found.members(never)).toEqual(images.map((image) => image.name).sort());
        await group.remove(images[0]);
        expect(await found.members(never)).toEqual([images[1].name]);
      });
    });

    it('get one snapshot, of which each image has its part', async () => {
      await withGroup(async ({ group, found, images, sources }) => {
        await images[0].write(1000, Buffer.alloc(5000, 'a'));
        await images[1].resize(100_000);
        const made = await found.createSnapshot('s', sources, never);
        expect([...made.keys()]).toEqual(sources.map((source) => source.name));
        for (const [index, source] of sources.entries()) {
          const listed = await source.snapshots(never);
          expect(listed.map((snapshot) => snapshot.name)).toEqual([anchorName('s'), 's']);
          expect(listed.at(-1)).toEqual(made.get(source.name));
          expect(listed.at(-1)).toMatchObject({
            name: 's',
            group: group.name,
            size: index === 0 ? SIZE : 100_000,
            isProtected: false,
          });
        }
        await images[0].write(0, Buffer.alloc(20_000, 'b'));
        await using reader = await sources[0].openSnapshot(await part(sources[0], 's'), never);
        const expected = Buffer.alloc(SIZE);
        expected.fill('a', 1000, 6000);
        expect((await readAll(reader)).equals(expected)).toBe(true);
        expect(reader.description).toMatchObject({ group: group.name });
      });
    });

    it('get none under a name that is taken, and nothing is left of the attempt', async () => {
      await withGroup(async ({ group, found, sources }) => {
        await group.createSnapshot('taken');
        await expect(found.createSnapshot('taken', sources, never)).rejects.toMatchObject({
          code: 'snapshot-exists',
        });
        expect(await names(sources[0])).toEqual(['taken']);
      });
    });

    it('lose a snapshot when the last image gives it up', async () => {
      await withGroup(async ({ found, sources }) => {
        const made = await found.createSnapshot('s', sources, never);
        const parts = sources.map((source) => made.get(source.name) as ImageSnapshot);
        expect(await sources[0].removeSnapshot(parts[0] as ImageSnapshot, never)).toBe(false);
        expect(await names(sources[0])).toEqual(['s']);
        expect(await names(sources[1])).toEqual([anchorName('s'), 's']);
        // Once more changes nothing.
        expect(await sources[0].removeSnapshot(parts[0] as ImageSnapshot, never)).toBe(false);
        expect(await sources[1].removeSnapshot(parts[1] as ImageSnapshot, never)).toBe(true);
        for (const source of sources) expect(await names(source)).toEqual([]);
        expect(await sources[1].removeSnapshot(parts[1] as ImageSnapshot, never)).toBe(true);
      });
    });

    it('keep a snapshot that an image needs which has left', async () => {
      await withGroup(async ({ group, found, images, sources }) => {
        await found.createSnapshot('s', sources, never);
        await group.remove(images[1]);
        expect(await sources[0].removeSnapshot(await part(sources[0], 's'), never)).toBe(false);
        expect(await sources[1].removeSnapshot(await part(sources[1], 's'), never)).toBe(true);
        for (const source of sources) expect(await names(source)).toEqual([]);
      });
    });

    it('tell which snapshot is another one under an old name', async () => {
      await withGroup(async ({ group, found, sources }) => {
        await found.createSnapshot('s', sources, never);
        const old = await part(sources[0], 's');
        await group.removeSnapshot('s');
        await group.createSnapshot('s');
        await expect(sources[0].openSnapshot(old, never)).rejects.toMatchObject({
          code: 'snapshot-missing',
        });
        expect(await sources[0].removeSnapshot(old, never)).toBe(true);
        // Theirs stays, and only what was ours has gone.
        expect(await names(sources[0])).toEqual(['s']);
      });
    });

    it('have snapshots from which changes are found, whatever was written since the anchor', async () => {
      await withGroup(async (world) => {
        const [image, source] = [world.images[0], world.sources[0]];
        await image.write(0, Buffer.alloc(150_000, 'a'));
        await snapshotSlowly(world, 'one', async () => {
          await image.write(20_000, Buffer.alloc(10_000, 'b'));
          await image.discard(64 * KIB, 64 * KIB);
          await image.write(200_000, Buffer.alloc(1000, 'c'));
        });
        const base = await part(source, 'one');
        await using before = await source.openSnapshot(base, never);
        const bytes = await readAll(before);
        // Back to what it was at the anchor, in part.
        await image.write(20_000, Buffer.alloc(10_000, 'a'));
        await image.discard(200_000, 1000);
        await image.resize(180_000);
        await snapshotSlowly(world, 'two', () => image.write(0, Buffer.alloc(100, 'd')));
        await using after = await source.openSnapshot(await part(source, 'two'), never);
        for (const mode of ['exact', 'fast'] as const) {
          const { extents } = await after.diff(base, mode, never);
          const rebuilt = await applyExtents(after, bytes, extents);
          expect(rebuilt.equals(await readAll(after))).toBe(true);
        }
        // And from there to one of the image alone.
        await image.write(90_000, Buffer.alloc(500, 'e'));
        const alone = await source.createSnapshot('alone', never);
        await using last = await source.openSnapshot(alone, never);
        const { extents } = await last.diff(base, 'exact', never);
        const rebuilt = await applyExtents(last, bytes, extents);
        expect(rebuilt.equals(await readAll(last))).toBe(true);
      });
    });

    it('have snapshots that are told as a whole when there is no anchor', async () => {
      await withGroup(async ({ group, images, sources }) => {
        await images[0].write(0, Buffer.alloc(100_000, 'a'));
        await group.createSnapshot('theirs');
        const base = await part(sources[0], 'theirs');
        await images[0].discard(0, 64 * KIB);
        await images[0].write(150_000, Buffer.alloc(500, 'b'));
        const next = await sources[0].createSnapshot('next', never);
        await using reader = await sources[0].openSnapshot(next, never);
        const { extents } = await reader.diff(base, 'exact', never);
        expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(SIZE);
        const rebuilt = await applyExtents(reader, Buffer.alloc(SIZE, 'x'), extents);
        expect(rebuilt.equals(await readAll(reader))).toBe(true);
      });
    });

    it('leave nothing of a snapshot that never came about, and all of one that did', async () => {
      await withGroup(async ({ found, sources }) => {
        await sources[0].createSnapshot(anchorName('lost'), never);
        await sources[0].createSnapshot('own', never);
        await found.createSnapshot('whole', sources, never);
        for (const name of ['lost', 'whole', 'own', 'unknown']) {
          await sources[0].removeUnfinished(name, never);
        }
        expect(await names(sources[0])).toEqual(['own', anchorName('whole'), 'whole']);
      });
    });

    it('end every call with the reason of an abort', async () => {
      await withGroup(async ({ found, sources }) => {
        const reason = new Error('stopped by the test');
        const aborted = AbortSignal.abort(reason);
        const calls = [
          () => harness.catalog.groups(aborted),
          () => found.members(aborted),
          () => found.createSnapshot('s', sources, aborted),
          () => sources[0].removeUnfinished('s', aborted),
        ];
        for (const call of calls) await expect(call()).rejects.toBe(reason);
        expect(await names(sources[0])).toEqual([]);
      });
    });
  });
}
