import { expect, it } from 'vitest';
import type { RunEvent } from '../../core/events.ts';
import type { DaemonEvent } from '../../daemon/feed.ts';
import { createLog, logLine } from './daemon-log.ts';
import { recordingStream } from './sample-run.ts';

const RUN = '75d91dfe-2113-41f9-a417-b65202f3b043';

function told(event: RunEvent): DaemonEvent {
  return { seq: 1, at: 0, type: 'run-event', job: 'vms', run: RUN, event };
}

const ERROR = { code: 'pool-full', message: 'full', retry: 'backoff', causes: [] } as const;

it('has a line for what counts, with job and run, and none for progress', () => {
  const failed = told({ type: 'transfer-failed', at: 0, source: 'rbd/a', error: ERROR });
  expect(logLine(failed)).toEqual({
    level: 'error',
    text: 'job=vms run=75d91dfe rbd/a: failed: full',
  });
  const phase = told({ type: 'transfer-phase', at: 0, source: 'rbd/a', phase: 'copying' });
  expect(logLine(phase)).toBeNull();
  const due = { seq: 1, at: 0, type: 'job-due', job: 'vms', dueAt: 0, lastDueAt: 0 } as const;
  expect(logLine({ ...due, missed: 0, overlapped: 0 })).toBeNull();
  expect(logLine({ ...due, missed: 2, overlapped: 0 })).toEqual({
    level: 'warning',
    text: 'job=vms 2 due times were missed',
  });
});

it('gives the journal priorities, and others the time; what is bad goes to standard error', () => {
  const [stdout, stderr] = [recordingStream(), recordingStream()];
  const context = { stdout: stdout.stream, stderr: stderr.stream, setExitCode: () => undefined };
  createLog(context, { JOURNAL_STREAM: '8:1' }).text('warning', 'a\nb');
  createLog(context, {}).text('info', 'well');
  expect(stderr.lines()).toEqual(['<4>a\\nb']);
  expect(stdout.lines()).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\S+Z info well$/)]);
});
