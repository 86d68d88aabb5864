import type { RunEvent } from '../core/events.ts';
import { exitCodeOfReport } from './errors.ts';
import { codeOfSignal, EXIT_CODES, type StopSignal } from './exit-codes.ts';

/** The exit code for a run, given the error codes of its failed transfers. */
export function exitCodeOfRun(
  result: Extract<RunEvent, { type: 'run-finished' }>,
  failures: readonly string[],
  stoppedBy: StopSignal | null,
): number {
  if (result.outcome === 'ok') return EXIT_CODES.ok.code;
  if (result.outcome === 'cancelled' && stoppedBy !== null) return codeOfSignal(stoppedBy);
  if (result.error !== null) return exitCodeOfReport(result.error);
  const areAllBusy = failures.length > 0 && failures.every((code) => code === 'target-busy');
  const nothingElse = areAllBusy && result.succeeded === 0;
  return (nothingElse ? EXIT_CODES.busy : EXIT_CODES.someFailed).code;
}
