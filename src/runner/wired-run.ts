import type { Source, SourceSnapshot } from '../core/source.ts';
import type { Target } from '../core/target.ts';
import type { JobContext, JobKind } from '../jobs/context.ts';
import type { RunCounts } from '../jobs/outcome.ts';
import { runJob, type Selection } from '../jobs/run.ts';

/** A run that is ready to start. To dispose of it closes its sources and targets. */
export interface WiredRun extends AsyncDisposable {
  /** `tell` is called with the counts after each source. */
  run(tell: (counts: RunCounts) => void): Promise<void>;
}

/** Ties a run to the sources and targets that were opened for it. */
export function wiredRun<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
>(context: JobContext, kind: JobKind<S, T, Snapshot>, selection: Selection): WiredRun {
  return {
    run: (tell) => runJob(context, kind, selection, tell),
    async [Symbol.asyncDispose]() {
      // Not `await using`: should neither close, the operator would be told of none by name.
      try {
        await kind.targets[Symbol.asyncDispose]();
      } finally {
        await kind.sources[Symbol.asyncDispose]();
      }
    },
  };
}
