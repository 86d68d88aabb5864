import type { Emit } from '../core/events.ts';
import type { DiffMode, SourceCatalog } from '../core/source.ts';
import type { TargetCatalog } from '../core/target.ts';
import type { BufferPool } from '../lib/buffer-pool.ts';

/** What a job asks for, as far as the algorithm is concerned. */
export interface JobOptions {
  /** Of our snapshots' names. */
  readonly prefix: string;
  readonly diff: DiffMode;
  /** When to write only blocks that differ; `auto`: when the diff tells of whole objects. */
  readonly compare: 'auto' | 'always' | 'never';
  /** Places to compare that the diff calls unchanged, in each increment. */
  readonly samples: number;
  /** Reads in flight. */
  readonly depth: number;
  readonly full: boolean;
  readonly dryRun: boolean;
}

/** Everything that a transfer works with; wired by the runner. */
export interface JobContext {
  readonly options: JobOptions;
  readonly sources: SourceCatalog;
  readonly targets: TargetCatalog;
  /** Buffers for data that is read from the source. */
  readonly pool: BufferPool;
  readonly emit: Emit;
  /** Tells the watchdog that the next step may be silent for this much longer, in milliseconds. */
  readonly allowSilence: (ms: number) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly random: () => number;
}
