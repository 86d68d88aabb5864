import { isCephfsJob, type Job, patternsOf } from '../config/schema.ts';
import type { JobContext, Keep } from '../jobs/context.ts';
import type { Selection } from '../jobs/run.ts';
import { paceOf } from '../schedule/pace-of.ts';
import type { RunOrder } from './messages.ts';
import { wireImages } from './wire-images.ts';
import { wireTrees } from './wire-trees.ts';
import { type WiredRun, wiredRun } from './wired-run.ts';

type Surroundings = Pick<JobContext, 'emit' | 'allowSilence' | 'watch' | 'hooks'>;

function keepOf({ keep }: Job): Keep {
  return {
    target: keep?.target ?? null,
    source: keep?.source ?? {},
    timeZone: keep?.timezone ?? 'UTC',
  };
}

/** Puts the parts of a run together: what kinds of source and target there are is known here only. */
export async function wireRun(
  { job, task, only, dryRun, full }: RunOrder,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<WiredRun> {
  const context: JobContext = {
    options: {
      task,
      prefix: job.snapshot.prefix,
      full,
      dryRun,
      keep: keepOf(job),
      transfers: job.transfers,
    },
    ...surroundings,
    pace: paceOf(job.bandwidth),
    signal,
    now: () => new Date(),
    random: Math.random,
  };
  const selection: Selection = { ...patternsOf(job), only };
  return isCephfsJob(job)
    ? wiredRun(context, await wireTrees(job, signal), selection)
    : wiredRun(context, await wireImages(job, signal), selection);
}
