import { isCephfsJob } from '../config/schema.ts';
import type { JobContext } from '../jobs/context.ts';
import { type RunCounts, runJob, type Selection } from '../jobs/run.ts';
import type { RunOrder } from './messages.ts';
import { wireImages } from './wire-images.ts';
import { wireTrees } from './wire-trees.ts';

/** A run that is ready to start. */
export interface WiredRun extends AsyncDisposable {
  run(): Promise<RunCounts>;
}

type Surroundings = Pick<JobContext, 'emit' | 'allowSilence'>;

/** Puts the parts of a run together: what kinds of source and target there are is known here only. */
export async function wireRun(
  { job, only, dryRun, full }: RunOrder,
  { emit, allowSilence }: Surroundings,
  signal: AbortSignal,
): Promise<WiredRun> {
  const context: JobContext = {
    options: { prefix: job.snapshot.prefix, full, dryRun },
    emit,
    allowSilence,
    signal,
    now: () => new Date(),
    random: Math.random,
  };
  const selection: Selection = { select: job.source.select, only };
  if (isCephfsJob(job)) {
    const { kind, close } = await wireTrees(job, signal);
    return { run: () => runJob(context, kind, selection), [Symbol.asyncDispose]: close };
  }
  const { kind, close } = await wireImages(job, signal);
  return { run: () => runJob(context, kind, selection), [Symbol.asyncDispose]: close };
}
