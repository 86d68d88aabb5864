import type { Config, Job } from '../config/schema.ts';
import { closest } from '../lib/closest.ts';
import { UsageError } from './errors.ts';

/** The job of this name; throws an error that says which there are. */
export function findJob({ jobs }: Config, name: string): Job {
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
