import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../core/events.ts';
import { columnsOf } from '../../lib/columns.ts';
import { liveLines } from './live-lines.ts';
import { INITIAL_STATE, nextState } from './run-state.ts';
import { eventAt, progress, sampleRun, treeFinished, treeProgress } from './sample-run.ts';

const LONG = 'rbd/customers/database-primary-with-a-rather-long-name-0001';

/** Any character; fast-check's own unit takes seconds to set up. */
const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

describe('the live lines', () => {
  it('show all there is to know on a wide terminal', () => {
    expect(drawn(copying('rbd/vm-1'), 100)).toEqual([
      'rbd/vm-1          copying     ####------------   30%   300 MiB of 1000 MiB  50.0 MiB/s  14s left',
      'vms: 0 of 3 done, wrote 150 MiB, 14s',
    ]);
  });

  it('show nothing before the run has told of itself', () => {
    const screen = { columns: 100, rows: 24, isUnicode: false };
    expect(liveLines(INITIAL_STATE, Date.now(), screen)).toEqual([]);
  });

  it('leave out the least important on a narrow one', () => {
    expect(drawn(copying('rbd/vm-1'), 60)).toEqual([
      'rbd/vm-1          copying      30%  50.0 MiB/s  14s left',
      'vms: 0 of 3 done, wrote 150 MiB, 14s',
    ]);
  });

  it('show how much of a tree was looked at, and no share of what nobody knows', () => {
    const events = [
      eventAt(2, { type: 'transfer-phase', source: '/home', phase: 'scanning' }),
      treeProgress(8, '/home', 10, 0),
      treeProgress(14, '/home', 123_456, 300),
    ];
    expect(drawn(events, 100)[0]).toBe(
      '/home             scanning      123456 entries   300 MiB copied  50.0 MiB/s',
    );
    expect(drawn(events, 54)[0]).toBe('/home             scanning      123456 entries');
  });

  it('show a phase alone before there is anything to tell of it', () => {
    const settling = eventAt(2, { type: 'transfer-phase', source: '/home', phase: 'settling' });
    expect(drawn([settling], 100)[0]).toBe('/home             settling');
  });

  it('count backups that lack something', () => {
    const lines = drawn([treeFinished(3, '/home', { skipped: 2 })], 100);
    expect(lines).toEqual(['vms: 1 of 3 done, 1 PARTIAL, wrote 4.0 MiB, 14s']);
  });

  it('shorten long names in the middle', () => {
    expect(drawn(copying(LONG), 60)[0]).toBe(
      'rbd/customers/…long-name-0001  copying      30%  50.0 MiB/s',
    );
  });

  it('say how many do not fit', () => {
    const names = Array.from({ length: 30 }, (_, index) => `rbd/vm-${index}`);
    const lines = drawn(names.flatMap(copying), 80, 10);
    expect(lines).toHaveLength(9);
    expect(lines.at(-2)).toBe('… and 23 more');
  });

  it('are none when the run has ended', () => {
    expect(drawn(sampleRun(), 80)).toEqual([]);
  });

  it('fit every terminal, whatever the names are', () => {
    const name = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 80 });
    const names = fc.uniqueArray(name, { maxLength: 8 });
    fc.assert(
      fc.property(
        names,
        fc.integer({ min: 8, max: 200 }),
        fc.integer({ min: 4, max: 50 }),
        (all, columns, rows) => {
          const lines = drawn(all.flatMap(copying), columns, rows);
          expect(lines.length).toBeLessThan(rows);
          for (const line of lines) expect(columnsOf(line)).toBeLessThan(columns);
        },
      ),
    );
  });
});

function copying(source: string): RunEvent[] {
  return [
    eventAt(2, { type: 'transfer-phase', source, phase: 'copying' }),
    progress(8, source, 0),
    progress(14, source, 300),
  ];
}

function drawn(events: readonly RunEvent[], columns: number, rows = 24): string[] {
  const started = [
    eventAt(0, { type: 'run-started', run: 'r', job: 'vms', task: 'back-up', dryRun: false }),
    eventAt(0, { type: 'sources-selected', sources: ['a', 'b', 'c'] }),
  ];
  const state = [...started, ...events].reduce(nextState, INITIAL_STATE);
  return liveLines(state, state.startedAt + 14_000, { columns, rows, isUnicode: false });
}
