import { expect, it } from 'vitest';
import { INITIAL_STATE, nextState } from './run-state.ts';
import { eventAt } from './sample-run.ts';
import { selectionLines } from './selection.ts';

it('tells by which pattern each source comes, and by which group', () => {
  const image = { selected: true, dataset: 'tank/x', state: 'backed-up' } as const;
  const event = eventAt(0, {
    type: 'selection-explained',
    verdicts: [
      { ...image, source: 'rbd/vm', pattern: 'rbd/*', group: null },
      { ...image, source: 'rbd/data', pattern: 'rbd/s*', group: 'rbd/shop' },
      { ...image, source: 'rbd/no', selected: false, pattern: null, group: null, dataset: null },
    ],
  });
  expect(selectionLines(nextState(INITIAL_STATE, event))).toEqual([
    'SOURCE    SELECTED  BY                         DATASET',
    'rbd/vm    yes       rbd/*                      tank/x',
    'rbd/data  yes       group rbd/shop, by rbd/s*  tank/x',
    'rbd/no    no        no pattern',
  ]);
});
