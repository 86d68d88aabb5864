import type { RunEvent } from '../../src/core/events.ts';
import type {
  RunBegun,
  RunDetail,
  RunSummary,
  SourceHistory,
  TransferDetail,
  WarningDetail,
} from '../../src/state/history-records.ts';

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] };

interface ModelRun {
  readonly summary: Changeable<RunSummary>;
  readonly transfers: Changeable<TransferDetail>[];
  readonly warnings: WarningDetail[];
}

/** The history as plain objects in memory. */
export class HistoryModel {
  /** In the order in which they began. */
  readonly #runs = new Map<string, ModelRun>();
  readonly #sources = new Map<string, Changeable<SourceHistory>>();

  begin(begun: RunBegun): void {
    if (this.#runs.has(begun.id)) return;
    const counts = { succeeded: 0, failed: 0, warnings: 0, bytesRead: 0, bytesWritten: 0 };
    const end = { outcome: null, endedAt: null, durationMs: null, peakRssBytes: null, error: null };
    const summary = { ...begun, ...counts, ...end };
    this.#runs.set(begun.id, { summary, transfers: [], warnings: [] });
  }

  event(id: string, event: RunEvent): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const { summary, transfers, warnings } = run;
    const { at } = event;
    switch (event.type) {
      case 'transfer-planned': {
        const { type: _type, at: _at, source, ...plan } = event;
        transfers.push({ source, plannedAt: at, plan, endedAt: null, result: null, error: null });
        break;
      }
      case 'transfer-finished': {
        const { type: _type, at: _at, source, ...result } = event;
        Object.assign(openTransfer(run, source), { endedAt: at, result });
        summary.succeeded += 1;
        summary.bytesRead += result.bytesRead;
        summary.bytesWritten += result.bytesWritten;
        if (summary.dryRun) break;
        const { dataset, snapshot, bytesRead, bytesWritten, durationMs } = result;
        const sizes = { bytesRead, bytesWritten, durationMs };
        const history = this.#source(summary.job, source);
        history.lastSuccess = { at, run: id, dataset, snapshot, ...sizes };
        history.failuresSinceSuccess = 0;
        history.failingSince = null;
        break;
      }
      case 'transfer-failed': {
        const { source, error } = event;
        Object.assign(openTransfer(run, source), { endedAt: at, error });
        summary.failed += 1;
        if (summary.dryRun) break;
        const history = this.#source(summary.job, source);
        history.lastFailure = { at, run: id, error };
        history.failuresSinceSuccess += 1;
        history.failingSince ??= at;
        break;
      }
      case 'warning': {
        const { type: _type, ...warning } = event;
        warnings.push(warning);
        summary.warnings += 1;
        break;
      }
      case 'run-finished': {
        const { type: _type, at: _at, run: _run, job: _job, ...end } = event;
        Object.assign(summary, { endedAt: at, ...end });
        break;
      }
    }
  }

  closeInterrupted(at: number): number {
    const open = this.#all().filter(({ summary }) => summary.outcome === null);
    for (const { summary } of open) Object.assign(summary, { outcome: 'interrupted', endedAt: at });
    return open.length;
  }

  prune(endedBefore: number): number {
    const removed = this.#all().filter(({ summary: { endedAt } }) => {
      return endedAt !== null && endedAt < endedBefore;
    });
    for (const { summary } of removed) this.#runs.delete(summary.id);
    if (removed.length === 0) return 0;
    for (const [key, { lastSuccess, lastFailure }] of this.#sources) {
      const runs = [lastSuccess?.run, lastFailure?.run];
      if (!runs.some((id) => id !== undefined && this.#runs.has(id))) this.#sources.delete(key);
    }
    return removed.length;
  }

  runs(): readonly RunSummary[] {
    return this.#all()
      .map(({ summary }) => summary)
      .toReversed();
  }

  run(id: string): RunDetail | null {
    return this.#runs.get(id) ?? null;
  }

  sources(): readonly SourceHistory[] {
    const order = (one: SourceHistory) => Buffer.from(`${one.job}\0${one.source}`);
    return [...this.#sources.values()].toSorted((a, b) => Buffer.compare(order(a), order(b)));
  }

  #all(): readonly ModelRun[] {
    return [...this.#runs.values()];
  }

  #source(job: string, source: string): Changeable<SourceHistory> {
    const key = JSON.stringify([job, source]);
    const unknown = {
      lastSuccess: null,
      lastFailure: null,
      failuresSinceSuccess: 0,
      failingSince: null,
    };
    const known = this.#sources.get(key) ?? { job, source, ...unknown };
    this.#sources.set(key, known);
    return known;
  }
}

/** The newest transfer of a source if it has no end yet; else a new one. */
function openTransfer({ transfers }: ModelRun, source: string): Changeable<TransferDetail> {
  const newest = transfers.findLast((transfer) => transfer.source === source);
  if (newest?.endedAt === null) return newest;
  const none = { plannedAt: null, plan: null, endedAt: null, result: null, error: null };
  const transfer = { source, ...none };
  transfers.push(transfer);
  return transfer;
}
