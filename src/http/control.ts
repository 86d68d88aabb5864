import type {
  DaemonStatus,
  ReloadResult,
  RunDetail,
  RunSummary,
  RunsQuery,
  SourceHistory,
  TriggerOrder,
  TriggerResult,
} from './schemas.ts';

/** Something that happened. `seq` counts from 1 without gaps. */
export interface NumberedEvent {
  readonly seq: number;
  readonly type: string;
}

/** All metrics, in the text format of Prometheus. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** What the API is about: the daemon as it is seen from outside. What it cannot do throws a Ceph2zfsError. */
export interface Control {
  status(): DaemonStatus;
  trigger(job: string, order: TriggerOrder): TriggerResult;
  pause(job: string): void;
  resume(job: string): void;
  cancel(what: { readonly job: string } | { readonly run: string }): void;
  /** Reads the configuration again; one that is invalid is refused, and all goes on as it was. */
  reload(): Promise<ReloadResult>;
  runs(query: RunsQuery): readonly RunSummary[];
  run(id: string): RunDetail | null;
  sources(job: string | undefined): readonly SourceHistory[];
  metrics(): Promise<MetricsPage>;
  /** Calls back with everything that happens from now on. */
  subscribe(listener: (event: NumberedEvent) => void): Disposable;
}
