import { firstError } from '../../core/errors.ts';
import type { KeptSnapshot, SnapshotGuard, Target } from '../../core/target.ts';
import { rowsOf, zfs } from './command.ts';
import { ZfsError } from './errors.ts';
import { PIN_TAG } from './pin.ts';

/** Names that one command gets: a command line has its bounds. */
const AT_A_TIME = 100;

/** What every dataset offers for the removal of snapshots, whatever is in it. */
export function removalOf(dataset: string): Pick<Target, 'guards' | 'removeSnapshots'> {
  return {
    guards: (signal) => readGuards(dataset, signal),
    removeSnapshots: (names, signal) => removeSnapshots(dataset, names, signal),
  };
}

async function readGuards(
  dataset: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly SnapshotGuard[]>> {
  const args = ['get', '-Hp', '-d', '1', '-t', 'snapshot', '-o', 'name,property,value'];
  const rows = rowsOf(await zfs([...args, 'userrefs,clones', dataset], signal));
  const holds = rows.filter(([, property, value]) => property === 'userrefs' && Number(value) > 0);
  const guards = new Map<string, SnapshotGuard[]>();
  const add = (snapshot: string, guard: SnapshotGuard): void => {
    const name = snapshot.slice(dataset.length + 1);
    const known = guards.get(name) ?? [];
    if (!known.includes(guard)) guards.set(name, [...known, guard]);
  };
  for (let at = 0; at < holds.length; at += AT_A_TIME) {
    const names = holds.slice(at, at + AT_A_TIME).map(([name = '']) => name);
    for (const [name = '', tag] of rowsOf(await zfs(['holds', '-H', ...names], signal))) {
      add(name, tag === PIN_TAG ? 'pinned' : 'held');
    }
  }
  for (const [name = '', property, value = ''] of rows) {
    if (property === 'clones' && value !== '' && value !== '-') add(name, 'cloned');
  }
  return guards;
}

async function removeSnapshots(
  dataset: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly KeptSnapshot[]> {
  const kept: KeptSnapshot[] = [];
  for (let at = 0; at < names.length; at += AT_A_TIME) {
    const batch = names.slice(at, at + AT_A_TIME);
    // All at once waits for the pool once. ZFS then removes all or none.
    if ((await attempt(dataset, batch, signal)) === null) continue;
    for (const name of batch) {
      const error = await attempt(dataset, [name], signal);
      if (error !== null) kept.push({ name, error });
    }
  }
  return kept;
}

/** Removes snapshots; tells why not. */
async function attempt(
  dataset: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  try {
    await zfs(['destroy', `${dataset}@${names.join(',')}`], signal);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    const isGone = error instanceof ZfsError && error.code === 'dataset-missing';
    return isGone && names.length === 1 ? null : firstError(error);
  }
}
