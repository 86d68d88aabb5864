import { describe, expect, it } from 'vitest';
import { failed } from '../../test/support/daemon-world.ts';
import type { RunEvent, TransferFinished, TransferPlanned } from '../core/events.ts';
import { MOST_FAILURES, NO_PROGRESS, nextProgress, type RunProgress } from './progress.ts';

const [A, B] = ['rbd/a', 'rbd/b'];
const SELECTED: RunEvent = { at: 1, type: 'sources-selected', sources: [A, B] };

function after(events: readonly RunEvent[], dryRun = false): RunProgress {
  return events.reduce((state, event) => nextProgress(state, event, dryRun), NO_PROGRESS);
}

function phase(at: number, source: string, name: 'diff' | 'copying'): RunEvent {
  return { at, type: 'transfer-phase', source, phase: name };
}

function copied(at: number, source: string, bytesDone: number): RunEvent {
  const rest = { bytesTotal: 100, bytesWritten: 7, entries: null };
  return { at, type: 'transfer-progress', source, bytesDone, ...rest };
}

function planned(source: string): RunEvent {
  return { at: 3, type: 'transfer-planned', source } as RunEvent & TransferPlanned;
}

function finished(source: string): RunEvent {
  return { at: 9, type: 'transfer-finished', source } as RunEvent & TransferFinished;
}

describe('the progress of a run', () => {
  it('has the phase of each source under way, since when, and how far it is', () => {
    const state = after([
      SELECTED,
      phase(2, A, 'diff'),
      planned(A),
      phase(5, A, 'copying'),
      copied(6, A, 10),
      copied(7, A, 20),
      phase(8, B, 'diff'),
    ]);
    expect(state).toMatchObject({ selected: 2, succeeded: 0, failed: 0, warnings: 0 });
    expect(state.sources).toMatchObject([
      { source: A, phase: 'copying', since: 5, bytesDone: 20, bytesTotal: 100, entries: null },
      { source: B, phase: 'diff', since: 8, bytesDone: 0, bytesTotal: null, entries: null },
    ]);
  });

  it('forgets a source that is done, and counts it', () => {
    const error = failed('backoff');
    const state = after([
      phase(2, A, 'copying'),
      finished(A),
      phase(3, B, 'copying'),
      { at: 4, type: 'warning', source: B, code: 'x', message: 'x', hint: null },
      { at: 5, type: 'transfer-failed', source: B, error },
    ]);
    expect(state).toEqual({
      selected: null,
      succeeded: 1,
      failed: 1,
      warnings: 1,
      sources: [],
      failures: [{ source: B, error }],
      mayWorkAgain: true,
    });
  });

  it('takes a source for done when it is planned and no more is asked for', () => {
    const events = [phase(2, A, 'diff'), planned(A)];
    expect(after(events, true)).toMatchObject({ succeeded: 1, sources: [] });
    expect(after(events)).toMatchObject({ succeeded: 0, sources: [{ source: A }] });
  });

  it('does not grow with the number of sources, and looks at each failure all the same', () => {
    const state = after(
      Array.from({ length: 1000 }, (_, index): RunEvent => {
        const error = failed(index === 999 ? 'reconnect' : 'never');
        return { at: index, type: 'transfer-failed', source: `rbd/${index}`, error };
      }),
    );
    expect(state).toMatchObject({ failed: 1000, mayWorkAgain: true });
    expect(state.failures).toHaveLength(MOST_FAILURES);
    expect(state.failures[0]?.source).toBe('rbd/0');
  });

  it('knows no sources under way once the run has ended', () => {
    const end = { at: 9, type: 'run-finished' } as RunEvent;
    expect(after([phase(2, A, 'copying'), end]).sources).toEqual([]);
  });
});
