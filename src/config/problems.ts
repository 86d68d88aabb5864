import { Ceph2zfsError } from '../core/errors.ts';

/** Something that is wrong at one place of a configuration file. */
export interface ConfigProblem {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** The place in words of the configuration, such as `jobs[0].target.dataset`; '' for all of it. */
  readonly path: string;
  readonly message: string;
  /** What would be right. */
  readonly allowed?: string;
}

export type ConfigErrorCode = 'config-invalid' | 'config-unreadable';

/** A configuration that cannot be used, with everything that is wrong in it. */
export class ConfigError extends Ceph2zfsError<ConfigErrorCode> {
  /** Sorted by position; empty when the file could not be read. */
  readonly problems: readonly ConfigProblem[];

  constructor(
    code: ConfigErrorCode,
    message: string,
    problems: readonly ConfigProblem[],
    details: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super({ code, message, retry: 'never', ...details });
    this.problems = problems;
  }
}

/** `file:line:column: path: message (allowed: …)`: the form that editors and people know. */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message, allowed } = problem;
  const place = path === '' ? '' : `${path}: `;
  const right = allowed === undefined ? '' : ` (allowed: ${allowed})`;
  return `${file}:${line}:${column}: ${place}${message}${right}`;
}

/** `jobs[0].source.select[2]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return index === 0 ? String(part) : `.${String(part)}`;
    })
    .join('');
}
