import type { History } from '../state/history.ts';
import type { RunDetail, RunSummary } from '../state/history-records.ts';

/** How far back in a job's history is looked for a run that tells what it selected. */
const LOOKED_AT = 20;

/** A warning that is about what can be seen, not about a source: something could not be looked into. */
export function isBlind(warning: { readonly source: string | null; readonly code: string }) {
  return warning.source === null && warning.code !== 'pattern-unmatched';
}

/**
 * The sources that the last whole run of a job selected, by the history: it had a transfer of each of them. Null when no
 * run tells. A run that was triggered does not: it may have been for some sources only. Throws what the history throws.
 */
export function lastSelection(
  history: Pick<History, 'runs' | 'run'>,
  job: string,
): ReadonlySet<string> | null {
  const run = history.runs({ job, limit: LOOKED_AT }).find(isWhole);
  const detail = run === undefined ? null : history.run(run.id);
  return detail === null ? null : selectionOf(detail);
}

function isWhole({ cause, dryRun, outcome, error }: RunSummary): boolean {
  const isOver = (outcome === 'ok' || outcome === 'failed') && error === null;
  return isOver && cause !== 'trigger' && !dryRun;
}

function selectionOf({ transfers, warnings }: RunDetail): ReadonlySet<string> | null {
  if (transfers.length === 0 || warnings.some(isBlind)) return null;
  return new Set(transfers.map(({ source }) => source));
}
