import type { ListedDataset } from '../../core/backup-list.ts';
import type { CommitRecord } from '../../core/target.ts';
import { rowsOf, zfs } from './command.ts';
import { parseDatasetName, parseTreeDataset } from './dataset-name.ts';
import { PROPERTY_NAMES } from './record.ts';
import { checkRoot } from './root.ts';
import { assembleState, groupProperties } from './state.ts';

interface Facts {
  readonly type: string;
  readonly creation: number;
  readonly used: number;
  readonly written: number;
  readonly referenced: number;
  readonly userrefs: number;
}

/** All backups beneath a job's target dataset, by the name of the source; oldest snapshot first. */
export async function listBackups(
  root: string,
  signal: AbortSignal,
): Promise<readonly ListedDataset[]> {
  await checkRoot(root, signal);
  const columns = 'name,type,creation,used,written,referenced,userrefs';
  const list = [
    'list',
    '-Hp',
    '-r',
    '-t',
    'volume,filesystem,snapshot',
    '-s',
    'createtxg',
    '-o',
    columns,
    root,
  ];
  const get = ['get', '-Hp', '-r', '-t', 'volume,filesystem,snapshot', '-s', 'local,received'];
  const [listed, got] = await Promise.all([
    zfs(list, signal),
    zfs([...get, '-o', 'name,property,value', PROPERTY_NAMES, root], signal),
  ]);
  const facts = new Map(rowsOf(listed).map(factsOf));
  const properties = groupProperties(rowsOf(got));
  const snapshots = Map.groupBy(
    [...facts.keys()].filter((name) => name.includes('@')),
    (name) => name.slice(0, name.indexOf('@')),
  );
  const datasets: ListedDataset[] = [];
  for (const [dataset, { type, used }] of facts) {
    const parsed = parse(root, dataset, type);
    if (parsed === null) continue;
    const names = (snapshots.get(dataset) ?? []).map((name) => name.slice(dataset.length + 1));
    const state = assembleState(dataset, names, properties);
    if (state.identity?.kind !== parsed.kind) continue;
    datasets.push({
      kind: parsed.kind,
      filesystem: parsed.filesystem,
      source: parsed.source,
      group: groupOf(state.snapshots.at(-1)?.record),
      dataset,
      used,
      unfinished: state.checkpoint === null ? null : { offset: state.checkpoint.offset },
      snapshots: state.snapshots.map(({ name, record }) => {
        const own = facts.get(`${dataset}@${name}`);
        return {
          name,
          createdAt: (own?.creation ?? 0) * 1000,
          sourceSize: record.size,
          written: own?.written ?? 0,
          referenced: own?.referenced ?? 0,
          base: record.base,
          skipped: record.scan?.skipped ?? 0,
          held: (own?.userrefs ?? 0) > 0,
        };
      }),
    });
  }
  return datasets.sort((a, b) => a.dataset.localeCompare(b.dataset));
}

function groupOf(record: CommitRecord | undefined): string | null {
  const group = record?.description['group'];
  return typeof group === 'string' ? group : null;
}

/** Volumes hold images, and filesystems trees. */
function parse(
  root: string,
  dataset: string,
  type: string,
): Pick<ListedDataset, 'kind' | 'filesystem' | 'source'> | null {
  const image = type === 'volume' ? parseDatasetName(root, dataset) : null;
  if (image !== null) return { kind: 'rbd', filesystem: null, source: image.source };
  const tree = type === 'filesystem' ? parseTreeDataset(root, dataset) : null;
  if (tree === null) return null;
  return { kind: 'cephfs', filesystem: tree.filesystem, source: tree.source };
}

function factsOf(row: readonly string[]): [string, Facts] {
  const [name = '', type = '', creation, used, written, referenced, userrefs] = row;
  return [
    name,
    {
      type,
      creation: Number(creation),
      used: Number(used),
      written: Number(written),
      referenced: Number(referenced),
      userrefs: Number(userrefs),
    },
  ];
}
