import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import type { RunEvent } from '../core/events.ts';
import { type RunOrder, startRun } from './start.ts';

const { execPath } = process;

afterEach(() => {
  process.execPath = execPath;
});

function order(): RunOrder {
  const source = { type: 'rbd', select: ['rbd/*'], ceph: { conf: '/nonexistent/ceph.conf' } };
  const target = { type: 'zfs', dataset: 'tank/backup' };
  const text = JSON.stringify({ jobs: [{ name: 'vms', source, target }] });
  const [job] = parseConfig(text, 'test.yaml').jobs;
  if (job === undefined) throw new Error('no job');
  return { job, task: 'back-up', only: null, dryRun: false, full: false };
}

/** All that is told of a run, to a while after its end. */
async function watch() {
  const events: RunEvent[] = [];
  const handle = startRun(order(), (event) => events.push(event));
  const result = await handle.done;
  await new Promise((resolve) => setTimeout(resolve, 50));
  const ids = new Set(events.flatMap((event) => ('run' in event ? [event.run] : [])));
  return { run: handle.run, ids: [...ids], types: events.map(({ type }) => type), result };
}

describe('a run in a process of its own', () => {
  it('has the id of its events', async () => {
    const { run, ids, types, result } = await watch();
    expect(types).toEqual(['run-started', 'run-finished']);
    expect(ids).toEqual([run]);
    expect(result).toMatchObject({ run, outcome: 'failed' });
  });

  it('that cannot be started has failed, once, and nothing else has', async () => {
    process.execPath = '/nonexistent/node';
    const { run, ids, types, result } = await watch();
    expect(types).toEqual(['run-finished']);
    expect(ids).toEqual([run]);
    expect(result).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'runner-crashed',
        retry: 'reconnect',
        message: expect.stringContaining('could not be started'),
      },
    });
  });
});
