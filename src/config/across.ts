import type { ConfigPath, Finding } from './finding.ts';
import { sharedDatasets } from './shared-datasets.ts';
import { sinkUrl } from './sink-url.ts';

/**
 * Rules that hold between values: found on what YAML has, not on what the schema made of it, so
 * that they are told together with everything else that is wrong.
 */
export function findAcross(raw: unknown): Finding[] {
  const jobs = listOf(get(raw, 'jobs')).map(looseJob);
  const useless = jobs.flatMap(({ path, lists }) =>
    lists.flatMap(({ key, patterns }) => uselessPatterns([...path, 'source', key], patterns)),
  );
  return [
    ...useless,
    ...sameNames(jobs),
    ...sameBackups(jobs),
    ...uselessCheckpoints(jobs),
    ...sharedDatasets(raw),
  ];
}

interface LooseJob {
  readonly path: ConfigPath;
  readonly name: unknown;
  /** Where its backups go, for people; null when that is not known. */
  readonly where: string | null;
  /** What tells jobs apart that back up to different places there. */
  readonly place: readonly unknown[];
  /** Whether it says when checkpoints are to be taken, where that is not its business. */
  readonly hasUselessCheckpoint: boolean;
  /** By the key of the source that has them. */
  readonly lists: readonly { readonly key: string; readonly patterns: readonly unknown[] }[];
}

function looseJob(job: unknown, index: number): LooseJob {
  const source = get(job, 'source');
  const target = get(job, 'target');
  const [type, fs] = [get(source, 'type'), get(source, 'fs')];
  const [isSink, where] = [get(target, 'type') === 'sink', placeOf(target)];
  // By its certificate a sink tells who pushes, and so to which datasets.
  const client = isSink ? [get(get(target, 'tls'), 'cert')] : [];
  return {
    path: ['jobs', index],
    name: get(job, 'name'),
    where,
    place: [where, ...client, type, ...(type === 'cephfs' ? [fs ?? 'cephfs'] : [])],
    hasUselessCheckpoint: isSink && type === 'rbd' && get(job, 'checkpoint') !== undefined,
    lists: ['select', 'rbd_groups'].map((key) => ({ key, patterns: listOf(get(source, key)) })),
  };
}

function placeOf(target: unknown): string | null {
  if (get(target, 'type') === 'sink') {
    const url = sinkUrl.read(get(target, 'url'));
    return url.ok ? url.value : null;
  }
  const dataset = get(target, 'dataset');
  return typeof dataset === 'string' ? dataset : null;
}

/** Patterns that leave out when nothing was taken in yet. */
function uselessPatterns(list: ConfigPath, patterns: readonly unknown[]): Finding[] {
  const isNegative = (pattern: unknown) => typeof pattern === 'string' && pattern.startsWith('!');
  const firstPositive = patterns.findIndex((pattern) => !isNegative(pattern));
  if (firstPositive === -1 && patterns.length > 0) {
    const message = 'only leaves out, so nothing is selected: put a pattern without "!" first';
    return [{ path: list, at: 'value', message }];
  }
  return patterns.slice(0, Math.max(0, firstPositive)).map((pattern, index) => ({
    path: [...list, index],
    at: 'value',
    message: `${JSON.stringify(pattern)} leaves out nothing: no pattern before it selects anything`,
  }));
}

function sameNames(jobs: readonly LooseJob[]): Finding[] {
  return jobs.flatMap((job, index) => {
    const first = jobs.findIndex(({ name }) => name === job.name);
    if (typeof job.name !== 'string' || first === index) return [];
    return {
      path: [...job.path, 'name'],
      at: 'value',
      message: `another job is named ${JSON.stringify(job.name)} already`,
      other: ['jobs', first, 'name'],
    };
  });
}

/** Two jobs of which each would find the other's snapshots in its own datasets. */
function sameBackups(jobs: readonly LooseJob[]): Finding[] {
  const seen = new Map<string, ConfigPath>();
  return jobs.flatMap(({ path, where, place, lists }) => {
    if (where === null) return [];
    const found: Finding[] = [];
    for (const { key: list, patterns } of lists) {
      for (const [index, pattern] of patterns.entries()) {
        if (typeof pattern !== 'string' || pattern.startsWith('!')) continue;
        const key = JSON.stringify([...place, list, pattern]);
        const other = seen.get(key);
        const here = [...path, 'source', list, index];
        if (other === undefined) seen.set(key, here);
        else if (other[1] !== path[1]) {
          const message = `another job backs up "${pattern}" to ${where} already`;
          found.push({ path: here, at: 'value', message, other });
        }
      }
    }
    return found;
  });
}

function uselessCheckpoints(jobs: readonly LooseJob[]): Finding[] {
  const message =
    'key "checkpoint" has no meaning for a target of type sink: the sink decides when it takes them';
  return jobs
    .filter(({ hasUselessCheckpoint }) => hasUselessCheckpoint)
    .map(({ path }) => ({ path: [...path, 'checkpoint'], at: 'key', message }));
}

function get(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
