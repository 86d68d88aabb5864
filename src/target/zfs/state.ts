import type { Checkpoint, TargetSnapshot, TargetState } from '../../core/target.ts';
import { rowsOf, zfs } from './command.ts';
import {
  CHECKPOINT_PREFIX,
  KIND_PROPERTY,
  PROPERTY_NAMES,
  type Properties,
  readClaim,
  readIdentity,
  readSnapshot,
} from './record.ts';

/**
 * Reads what a dataset and its snapshots say of themselves. Properties are inherited, and an
 * inherited one says nothing about its heir: only those are believed that the dataset or snapshot
 * was given itself (`local`), or that came with it through `zfs receive` (`received`).
 */
export async function readState(dataset: string, signal: AbortSignal): Promise<TargetState> {
  const [listed, properties] = await Promise.all([
    listSnapshots(dataset, signal),
    ownProperties(dataset, signal),
  ]);
  const names = listed.map(({ name }) => name);
  return assembleState(dataset, names, properties);
}

interface ListedName {
  readonly name: string;
  readonly isCheckpoint: boolean;
}

/** A dataset's snapshots, in the order in which they were made. */
export async function listSnapshots(
  dataset: string,
  signal: AbortSignal,
): Promise<readonly ListedName[]> {
  const args = ['list', '-Hp', '-d', '1', '-t', 'snapshot', '-s', 'createtxg'];
  const rows = rowsOf(await zfs([...args, '-o', `name,${KIND_PROPERTY}`, dataset], signal));
  return rows.map(([full = '', kind]) => {
    const name = full.slice(full.indexOf('@') + 1);
    // The kind could be inherited; together with the name it is not.
    return { name, isCheckpoint: kind === 'checkpoint' && name.startsWith(CHECKPOINT_PREFIX) };
  });
}

/** Our properties of a dataset (under its own name) and its snapshots (under `dataset@name`). */
async function ownProperties(
  dataset: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Properties>> {
  const args = [
    'get',
    '-Hp',
    '-d',
    '1',
    '-t',
    'volume,filesystem,snapshot',
    '-s',
    'local,received',
  ];
  const output = await zfs([...args, '-o', 'name,property,value', PROPERTY_NAMES, dataset], signal);
  return groupProperties(rowsOf(output));
}

export function groupProperties(
  rows: readonly (readonly string[])[],
): ReadonlyMap<string, Properties> {
  const all = new Map<string, Map<string, string>>();
  for (const [name = '', property = '', value = ''] of rows) {
    let own = all.get(name);
    if (own === undefined) all.set(name, (own = new Map()));
    own.set(property, value);
  }
  return all;
}

const NONE: Properties = new Map();

/** Pure: of a dataset's snapshots, those that are ours, and our last checkpoint. */
export function assembleState(
  dataset: string,
  names: readonly string[],
  properties: ReadonlyMap<string, Properties>,
): TargetState {
  const own = properties.get(dataset) ?? NONE;
  const snapshots: TargetSnapshot[] = [];
  let checkpoint: Checkpoint | null = null;
  for (const name of names) {
    const read = readSnapshot(name, properties.get(`${dataset}@${name}`) ?? NONE);
    if (read === null) continue;
    if (read.kind === 'checkpoint') {
      checkpoint = read.checkpoint;
    } else {
      snapshots.push({ name, record: read.record });
      checkpoint = null;
    }
  }
  const identity = readIdentity(own);
  return { dataset, identity, snapshots, checkpoint, claim: readClaim(own) };
}
