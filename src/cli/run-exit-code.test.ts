import { expect, it } from 'vitest';
import type { ErrorReport } from '../core/errors.ts';
import type { RunFinished } from './render/run-state.ts';
import { exitCodeOfRun } from './run-exit-code.ts';

it.each([
  ['a run that went well gives 0', finished({}), [], 0],
  ['failed transfers give 1', finished({ outcome: 'failed', failed: 1 }), ['read-failed'], 1],
  ['a run that broke off gives 4', broken('dataset-missing'), [], 4],
  ['a run that broke off after failures gives 4', broken('pool-full'), ['read-failed'], 4],
  ['a run that finds another at work gives 5', broken('target-busy'), [], 5],
  [
    'nothing but busy targets gives 5',
    finished({ outcome: 'failed', succeeded: 0, failed: 2 }),
    ['target-busy', 'target-busy'],
    5,
  ],
  [
    'a busy target beside a transfer that went well gives 1',
    finished({ outcome: 'failed', succeeded: 1, failed: 1 }),
    ['target-busy'],
    1,
  ],
  ['an error that nobody expected gives 70', broken('unexpected'), [], 70],
] as const)('%s', (_, result, failures, code) => {
  expect(exitCodeOfRun(result, failures, null)).toBe(code);
});

it('a cancelled run gives the code of its signal', () => {
  const cancelled = finished({ outcome: 'cancelled', error: report('cancelled') });
  expect(exitCodeOfRun(cancelled, [], 'SIGINT')).toBe(130);
  expect(exitCodeOfRun(cancelled, ['read-failed'], 'SIGTERM')).toBe(143);
});

it('a signal that came too late to stop the run changes nothing', () => {
  expect(exitCodeOfRun(finished({}), [], 'SIGINT')).toBe(0);
});

function finished(change: Partial<RunFinished>): RunFinished {
  return {
    type: 'run-finished',
    at: 0,
    run: 'r',
    job: 'vms',
    outcome: 'ok',
    succeeded: 1,
    failed: 0,
    warnings: 0,
    durationMs: 1,
    peakRssBytes: 0,
    error: null,
    ...change,
  };
}

function broken(code: string): RunFinished {
  return finished({ outcome: 'failed', succeeded: 0, error: report(code) });
}

function report(code: string): ErrorReport {
  return { code, message: 'm', retry: 'never', causes: [] };
}
