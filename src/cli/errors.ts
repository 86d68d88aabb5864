import { ConfigError, formatProblem } from '../config/problems.ts';
import { Ceph2zfsError, type ErrorReport, firstError, reportError } from '../core/errors.ts';
import { printable, printableLines } from '../lib/printable.ts';
import { EXIT_CODES } from './exit-codes.ts';

export type UsageErrorCode =
  | 'unknown-job'
  | 'invalid-pattern'
  /** A job without rules cannot be pruned. */
  | 'no-rules'
  | 'unknown-snapshot'
  /** Pins are set where the snapshot is. */
  | 'pin-at-sink'
  /** Several datasets have it. */
  | 'ambiguous-snapshot';

/** The command line asks for what is not there. */
export class UsageError extends Ceph2zfsError<UsageErrorCode> {
  constructor(code: UsageErrorCode, message: string, hint?: string) {
    super({ code, message, retry: 'never', hint });
  }
}

/** Codes of errors which mean that somebody else is at work. */
const BUSY = new Set(['target-busy', 'already-running', 'pki-busy']);

/** Codes of errors, besides UsageError's, which mean that the command line asks for what is not there or cannot be. */
const USAGE = new Set(['pki-argument', 'pki-unknown']);

/** The exit code for an error that ended the command. */
export function exitCodeOf(thrown: unknown): number {
  const error = firstError(thrown);
  if (error instanceof ConfigError) return EXIT_CODES.config.code;
  if (error instanceof UsageError) return EXIT_CODES.usage.code;
  return error instanceof Ceph2zfsError ? exitCodeOfReport(error) : EXIT_CODES.bug.code;
}

export function exitCodeOfReport({ code }: { readonly code: string }): number {
  if (code === 'unexpected') return EXIT_CODES.bug.code;
  if (USAGE.has(code)) return EXIT_CODES.usage.code;
  return (BUSY.has(code) ? EXIT_CODES.busy : EXIT_CODES.unusable).code;
}

/** What the operator sees of an error: of ours never a stack, of others the stack as well. */
export function errorLines(thrown: unknown): string[] {
  const error = firstError(thrown);
  if (error instanceof ConfigError && error.problems.length > 0) {
    return [...error.problems.map(formatProblem), error.message].map(printable);
  }
  const lines = reportLines(reportError(thrown)).map((line, index) =>
    index === 0 ? `error: ${line}` : line,
  );
  if (error instanceof Ceph2zfsError) return lines;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return [
    ...lines,
    ...printableLines(stack),
    'This is a bug in ceph2zfs. Please report it with the lines above and what you ran.',
  ];
}

/** An error report: message, then causes and hint, indented. Nothing is left out. */
export function reportLines(report: ErrorReport): string[] {
  const { message, causes, hint } = report;
  return [
    ...labelled('', message),
    ...causes.flatMap((cause) => labelled('  cause: ', cause)),
    ...(hint === undefined ? [] : labelled('  hint: ', hint)),
  ];
}

function labelled(label: string, text: string): string[] {
  const indent = label === '' ? '  ' : ' '.repeat(label.length);
  return printableLines(text).map((line, index) => (index === 0 ? label : indent) + line);
}
