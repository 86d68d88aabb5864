import { expect, it } from 'vitest';
import { INITIAL_STATE, nextState } from './run-state.ts';
import { eventAt, planned, sampleRun, treeFinished } from './sample-run.ts';

it('follows a run to its end', () => {
  const states = [INITIAL_STATE];
  for (const event of sampleRun()) states.push(nextState(states.at(-1) ?? INITIAL_STATE, event));
  const copying = states.find(({ active }) => active.get('rbd/vm-1')?.bytesDone);
  expect(copying?.active.get('rbd/vm-1')).toMatchObject({
    phase: 'copying',
    mode: 'full',
    bytesTotal: 1000 * 2 ** 20,
  });
  expect(states.at(-1)).toMatchObject({
    job: 'vms',
    selected: 2,
    succeeded: 1,
    warnings: 1,
    bytesRead: 1000 * 2 ** 20,
    plans: [],
    active: new Map(),
  });
  expect(states.at(-1)?.failures.map(({ error }) => error.code)).toEqual(['write-failed']);
  expect(INITIAL_STATE.active.size).toBe(0);
});

it('remembers the backups that lack something', () => {
  const events = [treeFinished(1, '/a', {}), treeFinished(2, '/b', { skipped: 3 })];
  const state = events.reduce(nextState, INITIAL_STATE);
  expect(state).toMatchObject({ succeeded: 2, partial: [{ source: '/b', skipped: 3 }] });
});

it('a dry run collects plans, and a planned transfer is no longer under way', () => {
  const events = [
    eventAt(0, { type: 'run-started', run: 'r', job: 'vms', task: 'back-up', dryRun: true }),
    eventAt(1, { type: 'transfer-phase', source: 'rbd/a', phase: 'planning' }),
    planned('rbd/a'),
  ];
  const state = events.reduce(nextState, INITIAL_STATE);
  expect(state.plans.map(({ source }) => source)).toEqual(['rbd/a']);
  expect(state.active.size).toBe(0);
});
