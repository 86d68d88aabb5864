import type { ConfigPath, Finding } from './finding.ts';
import { memberOf } from './shape.ts';

/** A dataset that belongs to a client of the sink, or that a job has as its target. */
interface Owned {
  readonly path: ConfigPath;
  readonly dataset: string;
  readonly owner: 'client' | 'job';
}

/**
 * Clients whose dataset is that of another client or of a job, or lies beneath it: one could see the other's backups.
 * Gets the configuration as YAML has it.
 */
export function sharedDatasets(raw: unknown): Finding[] {
  const clients = datasetsOf(raw, ['sink', 'clients'], [], 'client');
  const jobs = datasetsOf(raw, ['jobs'], ['target'], 'job');
  return clients.flatMap((client, index) => {
    // Of two clients the later one is told.
    const others = [...jobs, ...clients.slice(0, index)];
    const other = others.find(({ dataset }) => overlap(client.dataset, dataset));
    return other === undefined ? [] : [findingOf(client, other)];
  });
}

function datasetsOf(
  raw: unknown,
  holder: ConfigPath,
  inner: ConfigPath,
  owner: Owned['owner'],
): readonly Owned[] {
  const held: unknown = holder.reduce<unknown>(memberOf, raw);
  if (typeof held !== 'object' || held === null) return [];
  const keys: readonly PropertyKey[] = Array.isArray(held) ? [...held.keys()] : Object.keys(held);
  return keys.flatMap((key) => {
    const below = [key, ...inner, 'dataset'];
    const dataset = below.reduce<unknown>(memberOf, held);
    return typeof dataset === 'string' ? [{ path: [...holder, ...below], dataset, owner }] : [];
  });
}

function findingOf(client: Owned, other: Owned): Finding {
  const whose = other.owner === 'client' ? 'another client' : 'a job';
  const is =
    client.dataset === other.dataset
      ? `is that of ${whose} already`
      : `and that of ${whose} lie one beneath the other`;
  const message = `the dataset ${is}: the client could see or change what is not its own`;
  return { path: client.path, at: 'value', message, other: other.path };
}

function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
