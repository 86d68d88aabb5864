import { describe, expect, it } from 'vitest';
import { afterRpo, afterRun, NOTHING_TOLD, type Told } from './decide.ts';

const HOUR = 3_600_000;

/** What is told of a row of runs: outcomes with their times in hours. */
function toldOf(...runs: readonly (readonly ['ok' | 'failed' | 'cancelled', number])[]) {
  let told: Told = NOTHING_TOLD;
  return runs.map(([outcome, hours]) => {
    const verdict = afterRun(told, outcome, hours * HOUR);
    told = verdict.told;
    return verdict.occasion;
  });
}

describe('the runs of a job', () => {
  it('are told of when they fail, once, and when one succeeds again', () => {
    expect(
      toldOf(['ok', 0], ['failed', 1], ['failed', 2], ['ok', 3], ['ok', 4], ['failed', 5]),
    ).toEqual([null, 'failure', null, 'recovery', null, 'failure']);
  });

  it('are told of once a day while they go on to fail', () => {
    expect(toldOf(['failed', 0], ['failed', 22], ['failed', 23.9], ['failed', 46])).toEqual([
      'failure',
      null,
      'failure',
      null,
    ]);
  });

  it('are not told of when somebody cancels them', () => {
    expect(toldOf(['cancelled', 0], ['failed', 1], ['cancelled', 2], ['failed', 3])).toEqual([
      null,
      'failure',
      null,
      null,
    ]);
  });

  it('are told of when the clock was set back a long way', () => {
    expect(toldOf(['failed', 1000], ['failed', 1])).toEqual(['failure', 'failure']);
  });
});

it('an rpo that is missed is told of once, until all meet it', () => {
  let told: Told = { ...NOTHING_TOLD, failureAt: 7 };
  const occasions = [0, 1, 3, 0, 2].map((missed) => {
    const verdict = afterRpo(told, missed);
    told = verdict.told;
    return verdict.occasion;
  });
  expect(occasions).toEqual([null, 'rpo', null, null, 'rpo']);
  expect(told.failureAt).toBe(7);
});
