import { beforeEach, expect, it, vi } from 'vitest';
import type { RunEvent } from '../core/events.ts';
import type { RunHandle, RunOrder, RunResult } from '../runner/start.ts';
import { main } from './main.ts';
import { recordingStream, sampleRun } from './render/sample-run.ts';

let orders: RunOrder[] = [];
let behave: (onEvent: (event: RunEvent) => void) => RunHandle;

vi.mock('../runner/start.ts', () => ({
  startRun(order: RunOrder, onEvent: (event: RunEvent) => void) {
    orders.push(order);
    return behave(onEvent);
  },
}));

beforeEach(() => {
  orders = [];
  behave = (onEvent) => {
    for (const event of sampleRun()) onEvent(event);
    return { run: 'r', done: Promise.resolve(sampleRun().at(-1) as RunResult), cancel() {} };
  };
});

it('passes on what was asked for, and ends with 1 when a transfer failed', async () => {
  const { code } = await run('--only', 'rbd/vm-*', '--dry-run', '--full');
  expect(code).toBe(1);
  expect(orders).toMatchObject([
    { job: { name: 'vms' }, only: 'rbd/vm-*', dryRun: true, full: true },
  ]);
});

it('asks for nothing special by default', async () => {
  await run();
  expect(orders).toMatchObject([{ only: null, dryRun: false, full: false }]);
});

it('writes nothing but events with --json', async () => {
  const { stdout, stderr } = await run('--json');
  expect(stdout.map((line) => JSON.parse(line))).toEqual(sampleRun());
  expect(stderr).toEqual([]);
});

it('the first signal asks the run to end, the second asks again', async () => {
  const cancelled: string[] = [];
  behave = (onEvent) => {
    const { promise, resolve } = Promise.withResolvers<RunResult>();
    setImmediate(() => process.emit('SIGTERM', 'SIGTERM'));
    return {
      run: 'r',
      done: promise,
      cancel(reason) {
        cancelled.push(reason);
        if (cancelled.length === 1) setImmediate(() => process.emit('SIGINT', 'SIGINT'));
        if (cancelled.length < 2) return;
        const error = { code: 'runner-crashed', message: 'killed', retry: 'never', causes: [] };
        const last = sampleRun().at(-1) as RunResult;
        const result = { ...last, outcome: 'cancelled', error } as RunResult;
        onEvent(result);
        resolve(result);
      },
    };
  };
  const { code, stderr } = await run();
  expect(cancelled).toEqual(['SIGTERM', 'SIGINT']);
  expect(code).toBe(143);
  expect(stderr).toEqual(['Stopping cleanly; once more to force.']);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});

async function run(...options: readonly string[]) {
  const [stdout, stderr] = [recordingStream(), recordingStream()];
  const config = new URL('../../docs/examples/minimal.yaml', import.meta.url).pathname;
  const args = ['run', 'vms', '--config', config, ...options];
  const code = await main(args, { stdout: stdout.stream, stderr: stderr.stream });
  return { code, stdout: stdout.lines(), stderr: stderr.lines() };
}
