import type { SourceIdentity } from '../../core/source.ts';
import type { Target, TargetCatalog, TargetState } from '../../core/target.ts';
import { createSlots } from '../../lib/slots.ts';
import { rowsOf, zfs } from './command.ts';
import { ZfsError } from './errors.ts';
import { LOCK_DIR, lockDataset } from './lock.ts';
import { datasetProperties, PARENT_PROPERTY } from './record.ts';
import { checkRoot, type RootFacts } from './root.ts';
import { readState } from './state.ts';

/** How one kind of target names and makes its datasets. */
export interface DatasetKind<Kind extends Target> {
  /** The job's target dataset. */
  readonly root: string;
  readonly lockDir: string | undefined;
  /** The dataset of a source's n-th generation, from 1. */
  name(source: string, generation: number): string;
  /** What {@link name} made a dataset's name of; null when it did not. */
  parse(dataset: string): { readonly source: string; readonly generation: number } | null;
  open(dataset: string): Kind;
  make(made: NewDataset): Promise<void>;
  /** Makes a target of a dataset that only held others so far; null when that is not possible. */
  readonly adopt: ((made: NewDataset) => Promise<void>) | null;
  /** Properties of the datasets above the targets. */
  readonly parentProperties: Readonly<Record<string, string>>;
  /** Why a name is taken, and what to do about it. */
  readonly clash: {
    readonly message: (dataset: string, source: string) => string;
    readonly hint: string;
  };
}

export interface NewDataset {
  readonly dataset: string;
  /** Which source's it is. */
  readonly identity: Readonly<Record<string, string>>;
  readonly facts: RootFacts;
  readonly signal: AbortSignal;
}

/** The datasets beneath one root that hold a job's backups, whatever their kind. */
export function createDatasets<Kind extends Target>(kind: DatasetKind<Kind>): TargetCatalog<Kind> {
  const { root } = kind;
  const lockDir = kind.lockDir ?? LOCK_DIR;
  let facts: RootFacts | undefined;
  let known: Promise<Map<string, { readonly isParent: boolean }>> | undefined;
  /** Datasets are made one after the other: sources share what is above them. */
  const making = createSlots(1);

  /** All datasets beneath the root; read once, since a job may have hundreds of sources. */
  async function datasets(signal: AbortSignal) {
    known ??= readDatasets(signal);
    try {
      return await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
  }

  async function readDatasets(signal: AbortSignal) {
    const all = ['list', '-Hp', '-r', '-t', 'filesystem,volume', '-o', 'name', root];
    const marked = ['get', '-Hp', '-r', '-t', 'filesystem', '-s', 'local,received', '-o', 'name'];
    const [names, parents] = await Promise.all([
      zfs(all, signal),
      zfs([...marked, PARENT_PROPERTY, root], signal),
    ]);
    const isParent = new Set(rowsOf(parents).map(([name]) => name));
    return new Map(rowsOf(names).map(([name = '']) => [name, { isParent: isParent.has(name) }]));
  }

  async function sources(signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = [...(await datasets(signal))].flatMap(([dataset, { isParent }]) => {
      const parsed = isParent ? null : kind.parse(dataset);
      return parsed === null ? [] : [{ dataset, ...parsed }];
    });
    found.sort((a, b) => a.generation - b.generation);
    const bySource = Map.groupBy(found, ({ source }) => source);
    return new Map([...bySource].map(([name, own]) => [name, own.map(({ dataset }) => dataset)]));
  }

  async function generationNames(source: string, signal: AbortSignal): Promise<readonly string[]> {
    return (await sources(signal)).get(source) ?? [];
  }

  async function generations(source: string, signal: AbortSignal): Promise<readonly TargetState[]> {
    const states: TargetState[] = [];
    for (const dataset of await generationNames(source, signal)) {
      states.push(await readState(dataset, signal));
    }
    return states;
  }

  /** Makes the filesystems above a target; they hold nothing and need not be mounted. */
  async function createParents(dataset: string, signal: AbortSignal): Promise<void> {
    const all = await datasets(signal);
    const pairs = { ...kind.parentProperties, canmount: 'off', [PARENT_PROPERTY]: 'on' };
    const options = Object.entries(pairs).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const parts = dataset.slice(root.length + 1).split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = `${root}/${parts.slice(0, depth).join('/')}`;
      if (all.has(parent)) continue;
      await zfs(['create', ...options, parent], signal);
      all.set(parent, { isParent: true });
    }
  }

  async function nextDataset(source: string, signal: AbortSignal): Promise<string> {
    const last = (await generationNames(source, signal)).at(-1);
    const generation = last === undefined ? 0 : (kind.parse(last)?.generation ?? 0);
    const dataset = kind.name(source, generation + 1);
    const there = (await datasets(signal)).get(dataset);
    if (there === undefined || (there.isParent && kind.adopt !== null)) return dataset;
    throw new ZfsError({
      code: 'dataset-kind',
      message: kind.clash.message(dataset, source),
      retry: 'never',
      hint: kind.clash.hint,
    });
  }

  async function create(
    source: string,
    identity: SourceIdentity,
    signal: AbortSignal,
  ): Promise<Kind> {
    const leave = await making.take();
    try {
      return await createNext(source, identity, signal);
    } finally {
      leave();
    }
  }

  async function createNext(
    source: string,
    identity: SourceIdentity,
    signal: AbortSignal,
  ): Promise<Kind> {
    const dataset = await nextDataset(source, signal);
    facts ??= await checkRoot(root, signal);
    const made = { dataset, identity: datasetProperties(source, identity), facts, signal };
    const all = await datasets(signal);
    if (all.has(dataset)) {
      await kind.adopt?.(made);
    } else {
      await createParents(dataset, signal);
      await kind.make(made);
    }
    all.set(dataset, { isParent: false });
    return kind.open(dataset);
  }

  return {
    async check(signal) {
      facts = await checkRoot(root, signal);
      known = undefined;
    },
    canPrune: async () => true,
    lock: (source) => lockDataset(kind.name(source, 1), lockDir),
    sources,
    generations,
    nextDataset,
    open: (dataset) => kind.open(dataset),
    create,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
