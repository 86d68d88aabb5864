import type { Checkpoint, TargetSnapshot, TargetState } from '../../core/target.ts';
import { rowsOf, zfs } from './command.ts';
import {
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
  const [names, properties] = await Promise.all([
    snapshotNames(dataset, signal),
    ownProperties(dataset, signal),
  ]);
  return assembleState(dataset, names, properties);
}

/** Names of a dataset's snapshots, in the order in which they were made. */
export async function snapshotNames(
  dataset: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const args = ['list', '-Hp', '-d', '1', '-t', 'snapshot', '-s', 'createtxg', '-o', 'name'];
  const rows = rowsOf(await zfs([...args, dataset], signal));
  return rows.map(([name = '']) => name.slice(name.indexOf('@') + 1));
}

/** Our properties of a dataset (under its own name) and its snapshots (under `dataset@name`). */
async function ownProperties(
  dataset: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Properties>> {
  const args = ['get', '-Hp', '-d', '1', '-t', 'volume,snapshot', '-s', 'local,received'];
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

/** Pure: sorts the snapshots of a dataset into ours, our checkpoints, and others'. */
export function assembleState(
  dataset: string,
  names: readonly string[],
  properties: ReadonlyMap<string, Properties>,
): TargetState {
  const own = properties.get(dataset) ?? NONE;
  const snapshots: TargetSnapshot[] = [];
  let checkpoint: Checkpoint | null = null;
  let foreign: string[] = [];
  for (const name of names) {
    const read = readSnapshot(name, properties.get(`${dataset}@${name}`) ?? NONE);
    if (read === null) {
      foreign.push(name);
      continue;
    }
    foreign = [];
    if (read.kind === 'checkpoint') {
      checkpoint = read.checkpoint;
    } else {
      snapshots.push({ name, record: read.record });
      checkpoint = null;
    }
  }
  const identity = readIdentity(own);
  return { dataset, identity, snapshots, checkpoint, claim: readClaim(own), foreign };
}

/** Names of the checkpoints that a dataset has, in the order in which they were made. */
export async function checkpointNames(
  dataset: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = await snapshotNames(dataset, signal);
  const properties = await ownProperties(dataset, signal);
  return names.filter((name) => {
    const own = properties.get(`${dataset}@${name}`) ?? NONE;
    return readSnapshot(name, own)?.kind === 'checkpoint';
  });
}
