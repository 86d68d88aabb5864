import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HistoryModel } from '../../test/support/history-model.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { type History, openHistory } from './history.ts';
import type { RunBegun } from './history-records.ts';

const IDS = ['a', 'b', 'c'] as const;

const text = fc.string({ unit: 'binary', maxLength: 6 });
const id = fc.constantFrom(...IDS);
const source = fc.oneof({ weight: 5, arbitrary: fc.constantFrom('x', 'y') }, text);
const time = fc.nat(50);
const mode = fc.constantFrom('full', 'incremental');
/** What is summed up must stay exact in a number. */
const bytes = fc.nat({ max: 2 ** 40 });
const size = fc.oneof(bytes, fc.maxSafeInteger(), fc.constant(2 ** 60));

const error: fc.Arbitrary<ErrorReport> = fc.record(
  {
    code: text,
    message: text,
    retry: fc.constantFrom('never', 'reconnect', 'backoff'),
    hint: text,
    causes: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: ['code', 'message', 'retry', 'causes'] },
);

const tree = fc.record({
  compared: size,
  scanned: size,
  pruned: size,
  full: fc.boolean(),
  created: size,
  changed: size,
  rechecked: size,
  renamed: size,
  linked: size,
  removed: size,
  skipped: size,
});

const event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({
    type: fc.constant('transfer-planned'),
    at: time,
    source,
    dataset: text,
    createsDataset: fc.boolean(),
    mode,
    reason: fc.option(fc.constantFrom('first', 'replaced', 'no-base', 'asked')),
    beside: fc.option(text),
    base: fc.option(text),
    resumeOffset: size,
    estimatedBytes: fc.option(size),
  }),
  fc.record({
    type: fc.constant('transfer-finished'),
    at: time,
    source,
    dataset: text,
    snapshot: text,
    mode,
    diff: fc.option(fc.constantFrom('exact', 'fast')),
    size,
    tree: fc.option(tree),
    bytesRead: bytes,
    bytesWritten: bytes,
    durationMs: size,
  }),
  fc.record({ type: fc.constant('transfer-failed'), at: time, source, error }),
  fc.record({
    type: fc.constant('warning'),
    at: time,
    source: fc.option(source),
    code: text,
    message: text,
    hint: fc.option(text),
  }),
  fc.record({
    type: fc.constant('run-finished'),
    at: time,
    run: id,
    job: text,
    outcome: fc.constantFrom('ok', 'failed', 'cancelled'),
    succeeded: fc.nat(),
    failed: fc.nat(),
    warnings: fc.nat(),
    durationMs: size,
    peakRssBytes: size,
    error: fc.option(error),
  }),
  fc.record({ type: fc.constant('checkpoint'), at: time, source, offset: size }),
);

const begun: fc.Arbitrary<RunBegun> = fc.record({
  id,
  job: fc.constantFrom('vms', 'homes'),
  cause: fc.constantFrom('schedule', 'trigger', 'retry'),
  startedAt: time,
  dueAt: fc.option(time),
  dryRun: fc.boolean(),
});

type Step =
  | { readonly does: 'begin'; readonly run: RunBegun }
  | { readonly does: 'event'; readonly id: string; readonly event: RunEvent }
  | { readonly does: 'closeInterrupted' | 'prune'; readonly at: number }
  | { readonly does: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('begin'), run: begun }) },
  { weight: 12, arbitrary: fc.record({ does: fc.constant('event'), id, event }) },
  fc.record({ does: fc.constantFrom('closeInterrupted', 'prune'), at: time }),
  fc.record({ does: fc.constant('reopen') }),
);

function expectSame(history: History, model: HistoryModel): void {
  expect(history.runs({ limit: 100 })).toEqual(model.runs());
  expect(history.sources()).toEqual(model.sources());
  for (const one of IDS) expect(history.run(one)).toEqual(model.run(one));
}

it('has what a plain model in memory has, whatever is told, and after a restart the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ceph2zfs-history-'));
  const path = join(folder, 'history.db');
  const sequences = fc.tuple(begun, fc.array(step, { maxLength: 40, size: 'max' }));
  try {
    fc.assert(
      fc.property(sequences, ([first, steps]) => {
        for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true });
        const model = new HistoryModel();
        let history = openHistory(path);
        try {
          for (const one of [{ does: 'begin', run: first } as const, ...steps]) {
            if (one.does === 'reopen') {
              history[Symbol.dispose]();
              history = openHistory(path);
            } else if (one.does === 'begin') {
              history.begin(one.run);
              model.begin(one.run);
            } else if (one.does === 'event') {
              history.event(one.id, one.event);
              model.event(one.id, one.event);
            } else {
              expect(history[one.does](one.at)).toBe(model[one.does](one.at));
            }
          }
          expectSame(history, model);
          history[Symbol.dispose]();
          history = openHistory(path);
          expectSame(history, model);
          expect(history.problem).toBeNull();
          expect(history.problems).toEqual([]);
        } finally {
          history[Symbol.dispose]();
        }
      }),
      { numRuns: Number(process.env['HISTORY_RUNS'] ?? 60) },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);
