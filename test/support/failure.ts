import { Writable } from 'node:stream';
import { expect } from 'vitest';
import { createPlainRenderer } from '../../src/cli/render/plain.ts';
import type { ErrorReport } from '../../src/core/errors.ts';
import { eventsOf, type JsonRun } from './lab.ts';

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  /** What the message must name. */
  readonly names: readonly string[];
  /** A part of the hint. */
  readonly hint: string;
}

/** The run failed as it should, and an operator who reads its output knows what to do. */
export function expectFailure(run: JsonRun, { exitCode, code, names, hint }: Failure): void {
  const errors = errorsOf(run);
  expect(errors.map((error) => error.code)).toEqual([code]);
  expect(run.exitCode).toBe(exitCode);
  const text = plainTextOf(run);
  for (const error of errors) {
    for (const name of names) expect(error.message).toContain(name);
    expect(error.hint).toContain(hint);
    for (const line of error.message.split('\n')) expect(text).toContain(line.trim());
    expect(text).toContain(`hint: ${error.hint}`);
  }
  expect(`${text}${run.stderr}`).not.toMatch(/^\s+at .*:\d+/m);
  expect(run.stderr).toBe('');
}

/** All errors of a run: of its transfers, and its own. */
export function errorsOf(run: JsonRun): readonly ErrorReport[] {
  const own = eventsOf(run, 'run-finished').flatMap(({ error }) => error ?? []);
  return [...eventsOf(run, 'transfer-failed').map(({ error }) => error), ...own];
}

/** What the same run would have told without `--json`. */
export function plainTextOf({ events }: JsonRun): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const renderer = createPlainRenderer(stream, stream);
  for (const event of events) renderer.event(event);
  renderer.close();
  return text;
}
