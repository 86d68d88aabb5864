import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceCatalog } from '../../src/core/source.ts';
import type { ImageSnapshot, VolumeSource } from '../../src/core/volume.ts';
import { applyExtents, readAll } from './volume-bytes.ts';
import { type ImageOperation, operations, runOperations } from './volume-operations.ts';

/** An image that a contract test changes, as guests and other people would. Offsets are bytes. */
export interface ImageUnderTest {
  /** `pool[/namespace]/image`, as the catalog lists it. */
  readonly name: string;
  write(offset: number, bytes: Buffer): Promise<void>;
  /** Makes the range read as zeros, and gives up its space where the source can. */
  discard(offset: number, length: number): Promise<void>;
  resize(size: number): Promise<void>;
  /** What somebody else does; never through the source that is tested. */
  createSnapshot(name: string): Promise<void>;
  removeSnapshot(name: string): Promise<void>;
  protectSnapshot(name: string): Promise<void>;
  unprotectSnapshot(name: string): Promise<void>;
  /** Removes the image with all of its snapshots, and makes a new one of the same name. */
  recreate(size: number): Promise<void>;
}

/** The world that a contract test runs in. */
export interface VolumeHarness extends AsyncDisposable {
  readonly catalog: SourceCatalog<VolumeSource, ImageSnapshot>;
  /** Makes an image of `size` bytes that nothing was written to. */
  createImage(size: number): Promise<ImageUnderTest>;
}

export interface VolumeContractOptions {
  /** How many random histories the property tests try. */
  readonly runs: number;
  /** Whether a history that fails is cut down to the least that does, which may take long. */
  readonly shrink: boolean;
}

const KIB = 1024;
const never = new AbortController().signal;

/** What every source of volumes does, whatever is behind it. */
export function describeVolumeSource(
  name: string,
  makeHarness: () => Promise<VolumeHarness>,
  options: VolumeContractOptions = { runs: 20, shrink: true },
): void {
  describe(`${name}: volume source`, () => {
    let harness: VolumeHarness;
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(async () => {
      await harness?.[Symbol.asyncDispose]();
    });

    async function withImage(
      size: number,
      test: (image: ImageUnderTest, source: VolumeSource) => Promise<void>,
    ): Promise<void> {
      const image = await harness.createImage(size);
      await using source = await harness.catalog.open(image.name, never);
      await test(image, source);
    }

    describe('catalog', () => {
      it('lists an image by its name, and the list is sorted', async () => {
        await withImage(64 * KIB, async (image) => {
          const names = await harness.catalog.list(never);
          expect(names).toContain(image.name);
          expect(names).toEqual([...names].sort());
        });
      });

      it('opens an image under the identity that it keeps, and another one has another', async () => {
        await withImage(64 * KIB, async (image, source) => {
          await using again = await harness.catalog.open(image.name, never);
          expect(again.identity).toEqual(source.identity);
          await withImage(64 * KIB, async (_, other) => {
            expect(other.identity.image).not.toBe(source.identity.image);
          });
        });
      });

      it('says which image does not exist', async () => {
        await withImage(64 * KIB, async (image) => {
          const missing = `${image.name}-missing`;
          await expect(harness.catalog.open(missing, never)).rejects.toMatchObject({
            code: 'image-missing',
            message: expect.stringContaining(missing),
          });
        });
      });
    });

    describe('snapshots', () => {
      it('are listed oldest first, with their ids and sizes, whoever made them', async () => {
        await withImage(64 * KIB, async (image, source) => {
          expect(await source.snapshots(never)).toEqual([]);
          const first = await source.createSnapshot('z-first', never);
          await image.resize(100_000);
          await image.createSnapshot('a-second');
          const third = await source.createSnapshot('m-third', never);
          const snapshots = await source.snapshots(never);
          expect(snapshots.map((snapshot) => snapshot.name)).toEqual([
            'z-first',
            'a-second',
            'm-third',
          ]);
          expect(snapshots.map((snapshot) => snapshot.size)).toEqual([64 * KIB, 100_000, 100_000]);
          expect(snapshots[0]).toEqual(first);
          expect(snapshots[2]).toEqual(third);
          const ids = snapshots.map((snapshot) => BigInt(snapshot.id));
          expect(ids).toEqual([...ids].sort((a, b) => (a < b ? -1 : 1)));
          expect(new Set(ids).size).toBe(3);
        });
      });

      it('cannot be made under a name that is taken', async () => {
        await withImage(64 * KIB, async (image, source) => {
          await image.createSnapshot('taken');
          const before = await source.snapshots(never);
          await expect(source.createSnapshot('taken', never)).rejects.toMatchObject({
            code: 'snapshot-exists',
          });
          expect(await source.snapshots(never)).toEqual(before);
        });
      });

      it('are removed by name and id, and removing one that is gone is no error', async () => {
        await withImage(64 * KIB, async (_, source) => {
          const snapshot = await source.createSnapshot('ours', never);
          await source.removeSnapshot(snapshot, never);
          expect(await source.snapshots(never)).toEqual([]);
          await source.removeSnapshot(snapshot, never);
        });
      });

      it('are left alone when the name is right and the id is not', async () => {
        await withImage(64 * KIB, async (image, source) => {
          const ours = await source.createSnapshot('same-name', never);
          await image.removeSnapshot('same-name');
          await image.createSnapshot('same-name');
          await source.removeSnapshot(ours, never);
          const [theirs] = await source.snapshots(never);
          expect(theirs?.name).toBe('same-name');
          expect(theirs?.id).not.toBe(ours.id);
          await expect(source.openSnapshot(ours, never)).rejects.toMatchObject({
            code: 'snapshot-missing',
          });
        });
      });

      it('that are protected say so, and cannot be removed', async () => {
        await withImage(64 * KIB, async (image, source) => {
          await image.createSnapshot('golden');
          await image.protectSnapshot('golden');
          const snapshots = await source.snapshots(never);
          expect(snapshots).toMatchObject([{ name: 'golden', isProtected: true }]);
          for (const golden of snapshots) {
            await expect(source.removeSnapshot(golden, never)).rejects.toMatchObject({
              code: 'snapshot-protected',
            });
          }
          expect(await source.snapshots(never)).toEqual(snapshots);
          await image.unprotectSnapshot('golden');
        });
      });

      it('of an image that was removed and made again are not those of the new one', async () => {
        await withImage(64 * KIB, async (image, source) => {
          const old = await source.createSnapshot('s', never);
          await image.recreate(64 * KIB);
          await image.createSnapshot('s');
          await expect(source.openSnapshot(old, never)).rejects.toMatchObject({
            code: 'image-replaced',
          });
          await expect(source.snapshots(never)).rejects.toMatchObject({ code: 'image-replaced' });
          await expect(source.createSnapshot('t', never)).rejects.toMatchObject({
            code: 'image-replaced',
          });
          await using renewed = await harness.catalog.open(image.name, never);
          expect(renewed.identity).not.toEqual(source.identity);
          expect((await renewed.snapshots(never)).map((snapshot) => snapshot.name)).toEqual(['s']);
        });
      });
    });

    describe('reading', () => {
      it('gives the bytes of the snapshot, not of the head', async () => {
        await withImage(256 * KIB, async (image, source) => {
          await image.write(1000, Buffer.alloc(70_000, 'a'));
          const snapshot = await source.createSnapshot('s', never);
          await image.write(0, Buffer.alloc(256 * KIB, 'b'));
          await image.resize(32 * KIB);
          await using reader = await source.openSnapshot(snapshot, never);
          expect(reader.size).toBe(256 * KIB);
          const bytes = await readAll(reader);
          expect(bytes.subarray(0, 1000).every((byte) => byte === 0)).toBe(true);
          expect(bytes.subarray(1000, 71_000).every((byte) => byte === 0x61)).toBe(true);
          expect(bytes.subarray(71_000).every((byte) => byte === 0)).toBe(true);
        });
      });

      it('keeps reads apart that overlap in time and in range', async () => {
        const size = 300_001;
        await withImage(size, async (image, source) => {
          const content = Buffer.from(Uint8Array.from({ length: size }, (_, at) => at % 251));
          await image.write(0, content);
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          const reads = Array.from({ length: 64 }, async (_, index) => {
            const offset = (index * 7919) % (size - 20_000);
            // Longer than what is asked for: the rest must stay as it is.
            const into = Buffer.alloc(20_000, 0xee);
            await reader.read(offset, 10_007, into, never);
            const expected = Buffer.alloc(20_000, 0xee);
            content.copy(expected, 0, offset, offset + 10_007);
            expect(into.equals(expected)).toBe(true);
          });
          await Promise.all(reads);
        });
      });

      it('refuses a range past the end', async () => {
        await withImage(10_000, async (_, source) => {
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          const into = Buffer.alloc(4096);
          await expect(reader.read(9000, 2000, into, never)).rejects.toMatchObject({
            code: 'read-failed',
          });
          await reader.read(9000, 1000, into, never);
        });
      });

      it('reads the live image for an estimate', async () => {
        await withImage(64 * KIB, async (image, source) => {
          const base = await source.createSnapshot('base', never);
          await image.write(20_000, Buffer.alloc(5000, 'x'));
          await using head = await source.openHead(never);
          expect(head.size).toBe(64 * KIB);
          const { extents } = await head.diff(base, 'exact', never);
          const changed = extents.reduce((sum, extent) => sum + extent.length, 0);
          expect(changed).toBeGreaterThanOrEqual(5000);
        });
      });
    });

    describe('an abort', () => {
      it('ends every call with the reason of the signal', async () => {
        await withImage(64 * KIB, async (image, source) => {
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          const reason = new Error('stopped by the test');
          const aborted = AbortSignal.abort(reason);
          const calls = [
            () => harness.catalog.list(aborted),
            () => harness.catalog.open(image.name, aborted),
            () => source.snapshots(aborted),
            () => source.createSnapshot('t', aborted),
            () => source.removeSnapshot(snapshot, aborted),
            () => source.openSnapshot(snapshot, aborted),
            () => source.openHead(aborted),
            () => reader.diff(null, 'exact', aborted),
            () => reader.read(0, 4096, Buffer.alloc(4096), aborted),
          ];
          for (const call of calls) await expect(call()).rejects.toBe(reason);
          expect(await source.snapshots(never)).toEqual([snapshot]);
        });
      });

      it('while reads are in flight leaves the reader usable', async () => {
        await withImage(1024 * KIB, async (image, source) => {
          await image.write(0, Buffer.alloc(1024 * KIB, 'q'));
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          const controller = new AbortController();
          const reads = Array.from({ length: 16 }, () =>
            reader.read(0, 1024 * KIB, Buffer.alloc(1024 * KIB), controller.signal),
          );
          controller.abort();
          await Promise.allSettled(reads);
          expect((await readAll(reader)).every((byte) => byte === 0x71)).toBe(true);
        });
      });
    });

    describe('a diff', () => {
      it('refuses a base that has another id', async () => {
        await withImage(64 * KIB, async (image, source) => {
          const base = await source.createSnapshot('base', never);
          await image.removeSnapshot('base');
          await image.createSnapshot('base');
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          await expect(reader.diff(base, 'exact', never)).rejects.toMatchObject({
            code: 'snapshot-missing',
          });
        });
      });

      it('of an image that nothing was written to is empty', async () => {
        await withImage(1024 * KIB, async (_, source) => {
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          expect((await reader.diff(null, 'exact', never)).extents).toEqual([]);
          expect((await reader.diff(snapshot, 'exact', never)).extents).toEqual([]);
        });
      });

      it('tells of zeros where data was discarded, as a zero extent', async () => {
        await withImage(4096 * KIB, async (image, source) => {
          await image.write(0, Buffer.alloc(4096 * KIB, 'd'));
          const base = await source.createSnapshot('base', never);
          await image.discard(0, 4096 * KIB);
          const snapshot = await source.createSnapshot('s', never);
          await using reader = await source.openSnapshot(snapshot, never);
          const { extents } = await reader.diff(base, 'exact', never);
          expect(extents).toEqual([{ offset: 0, length: 4096 * KIB, kind: 'zero' }]);
        });
      });

      it.each(['exact', 'fast'] as const)(
        '(%s) rebuilds each snapshot from any older one, after any history',
        { timeout: 600_000 },
        async (mode) => {
          await fc.assert(
            fc.asyncProperty(operations(), async (steps: readonly ImageOperation[]) => {
              const size = 400_000;
              await withImage(size, async (image, source) => {
                const states = await runOperations(image, source, size, steps);
                for (const [index, state] of states.entries()) {
                  await using reader = await source.openSnapshot(state.snapshot, never);
                  expect(reader.size).toBe(state.bytes.length);
                  expect((await readAll(reader)).equals(state.bytes)).toBe(true);
                  for (const base of [null, ...states.slice(0, index)]) {
                    const { extents } = await reader.diff(base?.snapshot ?? null, mode, never);
                    const rebuilt = await applyExtents(reader, base?.bytes ?? null, extents);
                    expect(rebuilt.equals(state.bytes)).toBe(true);
                  }
                }
              });
            }),
            { numRuns: options.runs, endOnFailure: !options.shrink },
          );
        },
      );
    });
  });
}
