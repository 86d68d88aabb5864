import type { SourceIdentity } from '../../core/source.ts';
import type { TargetCatalog, TargetState, VolumeTarget } from '../../core/target.ts';
import { rowsOf, zfs } from './command.ts';
import { datasetName, parseDatasetName } from './dataset-name.ts';
import { ZfsError } from './errors.ts';
import { LOCK_DIR, lockDataset } from './lock.ts';
import { datasetProperties } from './record.ts';
import { checkRoot, type RootFacts } from './root.ts';
import { readState } from './state.ts';
import { createZvolTarget, type ZvolOptions } from './volume.ts';
import { createZvol } from './zvol.ts';

export interface ZfsCatalogOptions extends ZvolOptions {
  /** The job's target dataset. */
  readonly root: string;
  /** ZFS properties for new volumes. */
  readonly properties: Readonly<Record<string, string>>;
  /** For new volumes, in bytes. */
  readonly blockSize: number;
  readonly lockDir?: string;
}

/** The datasets beneath one root that hold a job's backups. */
export function createZfsCatalog(options: ZfsCatalogOptions): TargetCatalog {
  const { root } = options;
  const lockDir = options.lockDir ?? LOCK_DIR;
  let facts: RootFacts | undefined;
  let known: Set<string> | undefined;

  /** Names of all datasets beneath the root; read once, since a job may have hundreds of sources. */
  async function datasets(signal: AbortSignal): Promise<Set<string>> {
    if (known === undefined) {
      const args = ['list', '-Hp', '-r', '-t', 'filesystem,volume', '-o', 'name', root];
      const rows = rowsOf(await zfs(args, signal));
      known = new Set(rows.map(([name = '']) => name));
    }
    return known;
  }

  async function generationNames(source: string, signal: AbortSignal): Promise<string[]> {
    return [...(await datasets(signal))]
      .map((dataset) => ({ dataset, parsed: parseDatasetName(root, dataset) }))
      .filter(({ parsed }) => parsed?.source === source)
      .sort((a, b) => (a.parsed?.generation ?? 0) - (b.parsed?.generation ?? 0))
      .map(({ dataset }) => dataset);
  }

  async function generations(source: string, signal: AbortSignal): Promise<readonly TargetState[]> {
    const states: TargetState[] = [];
    for (const dataset of await generationNames(source, signal)) {
      states.push(await readState(dataset, signal));
    }
    return states;
  }

  /** Makes the filesystems above a volume; they hold nothing and need not be mounted. */
  async function createParents(dataset: string, signal: AbortSignal): Promise<void> {
    const all = await datasets(signal);
    const parts = dataset.slice(root.length + 1).split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = `${root}/${parts.slice(0, depth).join('/')}`;
      if (all.has(parent)) continue;
      await zfs(['create', '-o', 'canmount=off', parent], signal);
      all.add(parent);
    }
  }

  async function nextDataset(source: string, signal: AbortSignal): Promise<string> {
    const last = (await generationNames(source, signal)).at(-1);
    const generation = last === undefined ? 0 : (parseDatasetName(root, last)?.generation ?? 0);
    const dataset = datasetName(root, source, generation + 1);
    if (!(await datasets(signal)).has(dataset)) return dataset;
    throw new ZfsError({
      code: 'dataset-kind',
      message: `${dataset} would hold the backups of ${source}, but a namespace's datasets lie there`,
      retry: 'never',
      hint: 'An image and a namespace of one pool share a name: give one of them a job with another target dataset.',
    });
  }

  async function create(
    source: string,
    identity: SourceIdentity,
    signal: AbortSignal,
  ): Promise<VolumeTarget> {
    const dataset = await nextDataset(source, signal);
    facts ??= await checkRoot(root, signal);
    await createParents(dataset, signal);
    const properties = {
      // Blocks of zeros become holes only where compression is on.
      ...(facts.compression === 'off' ? { compression: 'on' } : {}),
      ...options.properties,
      ...datasetProperties(source, identity),
    };
    await createZvol(dataset, options.blockSize, properties, signal);
    (await datasets(signal)).add(dataset);
    return createZvolTarget(dataset, options);
  }

  return {
    async check(signal) {
      facts = await checkRoot(root, signal);
      known = undefined;
    },
    lock: (source) => lockDataset(datasetName(root, source, 1), lockDir),
    generations,
    nextDataset,
    open: (dataset) => createZvolTarget(dataset, options),
    create,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
