import type { Emit, Task } from '../core/events.ts';
import type { Source, SourceCatalog, SourceSnapshot } from '../core/source.ts';
import type { Target, TargetCatalog, TargetSnapshot } from '../core/target.ts';
import type { Pace } from '../lib/pace.ts';
import type { KeepRules } from '../retention/rules.ts';
import type { RunHooks } from './hooks/hook.ts';
import type { Plan } from './plan.ts';

/** What a run asks for, whatever it backs up. */
export interface JobOptions {
  /** Of our snapshots' names. */
  readonly prefix: string;
  readonly task: Task;
  readonly full: boolean;
  readonly dryRun: boolean;
  readonly keep: Keep;
  /** Sources that are transferred at a time. */
  readonly transfers: number;
}

/** A source that is watched. */
export interface Watch extends Disposable {
  /** Aborts with a JobError (`stalled`) when the source makes no progress for too long. */
  readonly signal: AbortSignal;
  readonly allowSilence: (ms: number, doing?: string) => void;
}

/** Which of the job's snapshots stay. */
export interface Keep {
  /** Null keeps all. */
  readonly target: KeepRules | null;
  /** The base stays on the source whatever they are. */
  readonly source: KeepRules;
  readonly timeZone: string;
}

/** Everything that a run works with, whatever it backs up; wired by the runner. */
export interface JobContext {
  readonly options: JobOptions;
  readonly emit: Emit;
  /**
   * Tells the watchdog that the next step may be silent for this much longer, in milliseconds; `doing` says for people
   * what it is, when it is no search for changes.
   */
  readonly allowSilence: (ms: number, doing?: string) => void;
  /** Lets a source be watched by itself, until what this gives is disposed of. */
  readonly watch: (source: string) => Watch;
  /** Waits until so many bytes may be read from the source. */
  readonly pace: Pace;
  readonly hooks: RunHooks;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly random: () => number;
}

/** One transfer: from a source's snapshot to a target dataset, as planned. */
export interface Transfer<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
> {
  readonly source: S;
  readonly target: T;
  readonly snapshot: Snapshot;
  readonly plan: Plan<Snapshot>;
}

/** A kind of source together with the kind of target that it goes to, and the way between them. */
export interface JobKind<
  S extends Source<Snapshot>,
  T extends Target,
  Snapshot extends SourceSnapshot,
> {
  /** What its sources are called, for people: `images`. */
  readonly nouns: string;
  /** What to do when nothing is selected. */
  readonly selectHint: string;
  readonly sources: SourceCatalog<S, Snapshot>;
  readonly targets: TargetCatalog<T>;
  /** Copies one snapshot, and commits it. */
  transfer(context: JobContext, transfer: Transfer<S, T, Snapshot>): Promise<TargetSnapshot>;
  /** Bytes that a transfer would read; null when only the transfer itself could tell. */
  estimate(context: JobContext, source: S, plan: Plan<Snapshot>): Promise<number | null>;
}
