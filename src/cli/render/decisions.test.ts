import { expect, it } from 'vitest';
import { decisionLines } from './decisions.ts';
import { INITIAL_STATE } from './run-state.ts';

const DECISIONS = [
  { snapshot: 'c2z_2', takenAt: 2, keep: true, reasons: ['the newest', 'last 1 of 1'] },
  { snapshot: 'c2z_1', takenAt: 1, keep: false, reasons: [] },
];

it('shows of each place what stays, and why', () => {
  const decided = [
    {
      type: 'prune-decided',
      source: 'rbd/vm',
      side: 'target',
      dataset: 'tank/rbd/rbd/vm',
      decisions: DECISIONS,
    },
    { type: 'prune-decided', source: 'rbd/vm', side: 'source', dataset: null, decisions: [] },
  ] as const;
  const state = { ...INITIAL_STATE, decided };
  expect(decisionLines({ ...state, dryRun: true })).toEqual([
    'rbd/vm, tank/rbd/rbd/vm: 2 snapshots, 1 would be removed',
    '          SNAPSHOT  KEPT BY',
    '  keep    c2z_2     the newest; last 1 of 1',
    '  remove  c2z_1',
  ]);
  expect(decisionLines(state)[0]).toBe('rbd/vm, tank/rbd/rbd/vm: 2 snapshots, 1 not kept');
});
