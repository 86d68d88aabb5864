import { describe, expect, it } from 'vitest';
import type { SourceIdentity } from '../../src/core/source.ts';
import type { SnapshotGuard, Target, TargetCatalog, TargetState } from '../../src/core/target.ts';

/** What every kind of target must offer so that the contract can be tried on it. */
export interface TargetHarness<Kind extends Target, Contents> extends AsyncDisposable {
  readonly catalog: TargetCatalog<Kind>;
  /** A second catalog on the same datasets, as another process would have it. */
  readonly otherCatalog: TargetCatalog<Kind>;
  /** All that is in a snapshot. */
  contents(dataset: string, snapshot: string): Promise<Contents>;
  /** Makes a snapshot, as another program would. */
  snapshotByOthers(dataset: string, name: string): Promise<void>;
  /** All snapshots that a dataset has, whoever made them; oldest first. */
  snapshotNames(dataset: string): Promise<readonly string[]>;
  /** Lets something guard a snapshot until it is disposed of. */
  guard(dataset: string, snapshot: string, by: SnapshotGuard): Promise<AsyncDisposable>;
}

/** Sources of a kind, for which the catalog has no dataset yet. */
export interface SourcesUnderTest {
  readonly source: string;
  readonly identity: SourceIdentity;
  readonly other: string;
}

const signal = new AbortController().signal;

/** The newest of a source's datasets, as it is now. */
export async function newestState(catalog: TargetCatalog, source: string): Promise<TargetState> {
  const all = await catalog.generations(source, signal);
  const last = all.at(-1);
  if (last === undefined) throw new Error('no generation');
  return last;
}

/** What a catalog does whatever its datasets hold. `harness` gives that of the test that is running. */
export function describeTargetCatalog(
  harness: () => TargetHarness<Target, unknown>,
  { source, identity, other }: SourcesUnderTest,
): void {
  describe('catalog', () => {
    it('knows no dataset before one is made, and then its identity', async () => {
      const { catalog } = harness();
      expect(await catalog.generations(source, signal)).toEqual([]);
      const name = await catalog.nextDataset(source, signal);
      const target = await catalog.create(source, identity, signal);
      expect(target.dataset).toBe(name);
      expect(await newestState(catalog, source)).toEqual({
        dataset: name,
        identity,
        snapshots: [],
        checkpoint: null,
        claim: null,
      });
    });

    it('knows the sources that have datasets, and which', async () => {
      const { catalog, otherCatalog } = harness();
      expect([...(await catalog.sources(signal))]).toEqual([]);
      const first = await catalog.create(source, identity, signal);
      const second = await catalog.create(source, identity, signal);
      const third = await catalog.create(other, identity, signal);
      const wanted = new Map([
        [source, [first.dataset, second.dataset]],
        [other, [third.dataset]],
      ]);
      expect(await catalog.sources(signal)).toEqual(wanted);
      expect(await otherCatalog.sources(signal)).toEqual(wanted);
    });

    it('makes the datasets of several sources at the same time', async () => {
      const { catalog } = harness();
      const targets = await Promise.all(
        [source, other].map((name) => catalog.create(name, identity, signal)),
      );
      const found = await Promise.all(
        [source, other].map((name) => catalog.generations(name, signal)),
      );
      expect(found.map((states) => states.map(({ dataset }) => dataset))).toEqual(
        targets.map(({ dataset }) => [dataset]),
      );
    });

    it('remembers a claim until it is settled', async () => {
      const { catalog } = harness();
      const target = await catalog.create(source, identity, signal);
      await target.claim('c2z_2026-11-23T14:00:00Z', signal);
      expect((await newestState(catalog, source)).claim).toBe('c2z_2026-11-23T14:00:00Z');
      await target.settle(signal);
      await target.settle(signal);
      expect((await newestState(catalog, source)).claim).toBeNull();
    });

    async function withSnapshots(...names: readonly string[]): Promise<Target> {
      const target = await harness().catalog.create(source, identity, signal);
      for (const name of names) await harness().snapshotByOthers(target.dataset, name);
      return target;
    }

    it('removes the snapshots that it is told to, and no others', async () => {
      const target = await withSnapshots('s1', 's2', 's3');
      expect(await target.removeSnapshots(['s1', 's3'], signal)).toEqual([]);
      expect(await harness().snapshotNames(target.dataset)).toEqual(['s2']);
    });

    it('takes a snapshot that is gone already for removed', async () => {
      const target = await withSnapshots('s1', 's2');
      expect(await target.removeSnapshots(['s1'], signal)).toEqual([]);
      expect(await target.removeSnapshots(['s1', 's2'], signal)).toEqual([]);
      expect(await target.removeSnapshots(['s1', 's2'], signal)).toEqual([]);
      expect(await target.removeSnapshots([], signal)).toEqual([]);
      expect(await harness().snapshotNames(target.dataset)).toEqual([]);
    });

    it.each(['pinned', 'held', 'cloned'] as const)(
      'tells of a snapshot that is %s, removes the others, and that one when it is free',
      async (by) => {
        const target = await withSnapshots('s1', 's2', 's3');
        {
          await using _guard = await harness().guard(target.dataset, 's2', by);
          expect([...(await target.guards(signal))]).toEqual([['s2', [by]]]);
          const kept = await target.removeSnapshots(['s1', 's2', 's3'], signal);
          expect(kept).toMatchObject([{ name: 's2', error: expect.any(Error) }]);
          expect(await harness().snapshotNames(target.dataset)).toEqual(['s2']);
        }
        expect([...(await target.guards(signal))]).toEqual([]);
        expect(await target.removeSnapshots(['s2'], signal)).toEqual([]);
        expect(await harness().snapshotNames(target.dataset)).toEqual([]);
      },
    );

    it('keeps two runs apart by a lock, which ends with its holder', async () => {
      const { catalog, otherCatalog } = harness();
      {
        await using _lock = await catalog.lock(source);
        const second = otherCatalog.lock(source);
        await expect(second).rejects.toMatchObject({ code: 'target-busy' });
        await using _other = await otherCatalog.lock(other);
      }
      await using _again = await otherCatalog.lock(source);
    });
  });
}
