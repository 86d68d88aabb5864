import type { ListedDataset } from '../../src/core/backup-list.ts';
import { parseSnapshotName } from '../../src/core/snapshot-name.ts';
import type { SourceIdentity } from '../../src/core/source.ts';
import type {
  KeptSnapshot,
  SnapshotGuard,
  Target,
  TargetCatalog,
  TargetState,
} from '../../src/core/target.ts';
import { ZfsError } from '../../src/target/zfs/errors.ts';

/** Where every fake target can be made to fail. `committed` comes after the deed, before it is told. */
export type CommonTargetFault =
  | 'claim'
  | 'create'
  | 'begin'
  | 'commit'
  | 'committed'
  | 'settle'
  | 'removeSnapshots';

/** What is known of a dataset, whatever is in it. */
export interface AboutDataset {
  readonly name: string;
  readonly source: string;
  readonly identity: SourceIdentity;
  claim: string | null;
  /** What guards its snapshots, by their names. */
  readonly guards: Map<string, readonly SnapshotGuard[]>;
}

/** What a dataset has been through. */
export type History = Pick<TargetState, 'snapshots' | 'checkpoint'>;

/**
 * A pool in memory, whatever its datasets hold: it knows which are whose, locks and claims them, and fails
 * where tests tell it to.
 */
export abstract class MemoryDatasets<
  Dataset extends AboutDataset,
  Kind extends Target,
  Fault extends string,
> {
  readonly datasets = new Map<string, Dataset>();
  readonly #faults = new Map<Fault | CommonTargetFault, () => void>();
  readonly #locked = new Set<string>();
  readonly #above: string;

  /** `above`: what a source's name comes after in the name of its dataset. */
  constructor(above: string) {
    this.#above = above;
  }

  /** Lets something guard a snapshot from now on; an empty list ends that. */
  guard(dataset: string, snapshot: string, guards: readonly SnapshotGuard[]): void {
    this.dataset(dataset).guards.set(snapshot, guards);
  }

  /** As {@link guard}, until it is disposed of. */
  guardWhile(dataset: string, snapshot: string, by: SnapshotGuard): AsyncDisposable {
    this.guard(dataset, snapshot, [by]);
    return { [Symbol.asyncDispose]: async () => this.guard(dataset, snapshot, []) };
  }

  /** A dataset that holds nothing yet. */
  protected abstract fresh(about: AboutDataset): Dataset;
  protected abstract history(dataset: Dataset): History;
  protected abstract removeSnapshot(dataset: Dataset, name: string): void;
  protected abstract target(dataset: Dataset): Kind;

  /** Sets what happens at a point from now on; null makes it work again. */
  at(point: Fault | CommonTargetFault, fault: (() => void) | null): void {
    if (fault === null) this.#faults.delete(point);
    else this.#faults.set(point, fault);
  }

  pass(point: Fault | CommonTargetFault, signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#faults.get(point)?.();
  }

  dataset(name: string): Dataset {
    const dataset = this.datasets.get(name);
    if (dataset === undefined) throw zfsError('dataset-missing', `${name} does not exist`);
    return dataset;
  }

  /** All that is there, as `zfs list` would tell it; nothing takes up any space. */
  list(): readonly ListedDataset[] {
    return [...this.datasets.values()].map((dataset) => {
      const { name, source, identity, guards } = dataset;
      const { kind } = identity;
      const { snapshots, checkpoint } = this.history(dataset);
      return {
        kind,
        filesystem: kind === 'cephfs' ? 'fs' : null,
        source,
        group: null,
        dataset: name,
        used: 0,
        unfinished: checkpoint === null ? null : { offset: checkpoint.offset },
        snapshots: snapshots.map((snapshot) => ({
          name: snapshot.name,
          createdAt: parseSnapshotName(snapshot.name)?.takenAt ?? 0,
          sourceSize: snapshot.record.size,
          written: 0,
          referenced: 0,
          base: snapshot.record.base,
          skipped: snapshot.record.scan?.skipped ?? 0,
          held: (guards.get(snapshot.name) ?? []).length > 0,
        })),
      };
    });
  }

  catalog(): TargetCatalog<Kind> {
    return {
      check: async (signal) => signal.throwIfAborted(),
      canPrune: async () => true,
      lock: async (source) => this.#lock(source),
      sources: async () =>
        new Map(
          [...Map.groupBy(this.datasets.values(), ({ source }) => source)].map(([name, own]) => [
            name,
            own.map((dataset) => dataset.name),
          ]),
        ),
      generations: async (source) => this.#of(source).map((dataset) => this.#state(dataset)),
      open: (name) => this.target(this.dataset(name)),
      nextDataset: async (source) => this.#next(source),
      create: async (source, identity, signal) => {
        this.pass('create', signal);
        const name = this.#next(source);
        const dataset = this.fresh({ name, source, identity, claim: null, guards: new Map() });
        this.datasets.set(name, dataset);
        return this.target(dataset);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  /** What every kind of target does alike; `settling` comes before the claim is dropped. */
  claiming(dataset: Dataset, settling: () => void = () => undefined): Target {
    return {
      dataset: dataset.name,
      claim: async (name, signal) => {
        this.pass('claim', signal);
        dataset.claim = name;
      },
      settle: async (signal) => {
        this.pass('settle', signal);
        settling();
        dataset.claim = null;
      },
      guards: async () => new Map([...dataset.guards].filter(([, guards]) => guards.length > 0)),
      removeSnapshots: async (names, signal) => {
        const kept: KeptSnapshot[] = [];
        for (const name of names) {
          this.pass('removeSnapshots', signal);
          const isGuarded = (dataset.guards.get(name) ?? []).length > 0;
          if (isGuarded) kept.push({ name, error: zfsError('zvol-busy', `${name} is busy`) });
          else this.removeSnapshot(dataset, name);
        }
        return kept;
      },
    };
  }

  #of(source: string): Dataset[] {
    return [...this.datasets.values()].filter((dataset) => dataset.source === source);
  }

  #state(dataset: Dataset): TargetState {
    const { name, identity, claim } = dataset;
    return { dataset: name, identity, claim, ...this.history(dataset) };
  }

  #next(source: string): string {
    const count = this.#of(source).length;
    // A source that is the top of a filesystem ends with a slash, and no dataset does.
    return `${this.#above}${source.replace(/\/$/, '')}${count === 0 ? '' : `::${count + 1}`}`;
  }

  #lock(source: string): AsyncDisposable {
    if (this.#locked.has(source)) throw zfsError('target-busy', `${source} is locked`);
    this.#locked.add(source);
    return { [Symbol.asyncDispose]: async () => void this.#locked.delete(source) };
  }
}

export function zfsError(code: ZfsError['code'], message: string): ZfsError {
  return new ZfsError({ code, message, retry: 'never' });
}
