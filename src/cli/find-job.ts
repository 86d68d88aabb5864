import { loadConfig } from '../config/load.ts';
import type { Config, Job } from '../config/schema.ts';
import { closest } from '../lib/closest.ts';
import { UsageError } from './errors.ts';
import { checkNamePattern } from './name-pattern.ts';

/** The job of this name; throws an error that says which there are. */
function findJob({ jobs }: Config, name: string): Job {
  const job = jobs.find((candidate) => candidate.name === name);
  if (job !== undefined) return job;
  const names = jobs.map((candidate) => candidate.name);
  const meant = closest(name, names);
  const advice = meant === null ? '' : ` Did you mean "${meant}"?`;
  throw new UsageError(
    'unknown-job',
    `there is no job "${name}"`,
    `The jobs are: ${names.join(', ')}.${advice}`,
  );
}

/** The job that a command is about, and the pattern that narrows it down; null for all of it. Throws what is wrong with either. */
export async function loadJob(
  name: string,
  { config, only = null }: { readonly config: string; readonly only?: string | null },
): Promise<{ readonly job: Job; readonly only: string | null }> {
  const job = findJob(await loadConfig(config), name);
  if (only !== null) checkNamePattern(only, job.source.type);
  return { job, only };
}
