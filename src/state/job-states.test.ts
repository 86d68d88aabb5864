import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateError } from './errors.ts';
import { openJobStates } from './job-states.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ceph2zfs-states-'));
  path = join(folder, 'jobs.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

it('knows nothing of a job at first, and makes no file', () => {
  const states = openJobStates(path);
  expect(states.get('vms')).toEqual({ lastDueAt: null, pausedAt: null });
  expect(states.problems).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it('gives after a restart what was set before', () => {
  openJobStates(path).set('vms', { lastDueAt: 1_795_000_000_000, pausedAt: null });
  openJobStates(path).set('homes', { lastDueAt: null, pausedAt: 7 });
  const states = openJobStates(path);
  expect(states.get('vms')).toEqual({ lastDueAt: 1_795_000_000_000, pausedAt: null });
  expect(states.get('homes')).toEqual({ lastDueAt: null, pausedAt: 7 });
});

it('gives the rule by which a job was due, too, if it is one', () => {
  const rules = [
    { kind: 'every', every: 60_000 },
    { kind: 'cron', cron: '0 2 * * *', timezone: 'Europe/Zurich' },
  ] as const;
  for (const rule of rules) {
    openJobStates(path).set('vms', { lastDueAt: 1, pausedAt: null, rule });
    expect(openJobStates(path).get('vms')).toEqual({ lastDueAt: 1, pausedAt: null, rule });
  }
});

it.each([
  { kind: 'every', every: 0 },
  { kind: 'cron', cron: 'nonsense', timezone: 'UTC' },
  { kind: 'cron', cron: '0 2 * * *', timezone: 'Atlantis' },
  { kind: 'moon' },
  7,
])('does not give up what it knows of a job for a rule that it does not know: %j', (rule) => {
  const jobs = { vms: { lastDueAt: 1, pausedAt: 2, rule } };
  writeFileSync(path, JSON.stringify({ version: 1, jobs }));
  const states = openJobStates(path);
  expect(states.problems).toEqual([]);
  expect(states.get('vms')).toEqual({ lastDueAt: 1, pausedAt: 2 });
});

it('lets nobody else read the file, and leaves nothing else behind', () => {
  openJobStates(path).set('vms', { lastDueAt: 1, pausedAt: null });
  expect(readdirSync(folder)).toEqual(['jobs.json']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('does not write what is there already', () => {
  const states = openJobStates(path);
  states.set('vms', { lastDueAt: 1, pausedAt: null });
  const { ino } = statSync(path);
  states.set('vms', { lastDueAt: 1, pausedAt: null });
  states.forgetAllBut(['vms', 'homes']);
  expect(statSync(path).ino).toBe(ino);
});

it('forgets the jobs that are not there any more', () => {
  const states = openJobStates(path);
  for (const name of ['a', 'b', 'c']) states.set(name, { lastDueAt: 1, pausedAt: 2 });
  states.forgetAllBut(['b', 'd']);
  for (const one of [states, openJobStates(path)]) {
    expect(one.get('a').lastDueAt).toBeNull();
    expect(one.get('b').lastDueAt).toBe(1);
  }
});

it('gives whatever was set last, for any names and order, before and after a restart', () => {
  const time = fc.option(fc.maxSafeInteger());
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', '__proto__', ''));
  const set = fc.record({ name, state: fc.record({ lastDueAt: time, pausedAt: time }) });
  fc.assert(
    fc.property(fc.array(set, { maxLength: 5 }), (sets) => {
      rmSync(path, { force: true });
      const states = openJobStates(path);
      for (const { name: job, state } of sets) states.set(job, state);
      const reopened = openJobStates(path);
      for (const [job, state] of new Map(sets.map((one) => [one.name, one.state]))) {
        expect(states.get(job)).toEqual(state);
        expect(reopened.get(job)).toEqual(state);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

describe('a file that cannot be understood', () => {
  it.each([
    ['nothing', '', 'not JSON'],
    ['half of it', '{"version": 1, "jobs": {"vms"', 'not JSON'],
    [
      'bytes that are no text',
      Buffer.from('{"version": 1, "jobs": {}, "\xff": 1}', 'latin1'),
      'not JSON',
    ],
    ['another thing', '[]', 'no version'],
    ['null', 'null', 'no version'],
    ['a newer version', '{"version": 2, "jobs": {}}', 'version 2, and this program knows 1'],
    ['no jobs', '{"version": 1, "jobs": []}', 'no jobs'],
    ['a wrong time', '{"version":1,"jobs":{"vms":{"lastDueAt":"1","pausedAt":null}}}', '"vms"'],
    [
      'an endless time',
      '{"version":1,"jobs":{"vms":{"lastDueAt":1e999,"pausedAt":null}}}',
      '"vms"',
    ],
    ['a missing time', '{"version":1,"jobs":{"vms":{"lastDueAt":1}}}', '"vms"'],
  ])('is set aside whole, and told of: %s', (_what, content, problem) => {
    writeFileSync(path, content);
    const states = openJobStates(path);
    expect(states.problems.map(({ code }) => code)).toEqual(['state-damaged']);
    expect(states.problems[0]?.message).toContain(problem);
    expect(states.get('vms')).toEqual({ lastDueAt: null, pausedAt: null });
    const [aside = ''] = readdirSync(folder);
    expect(aside).toMatch(/^jobs\.json\.damaged-\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(states.problems[0]?.hint).toContain(aside);
    expect(readFileSync(join(folder, aside))).toEqual(Buffer.from(content));

    states.set('vms', { lastDueAt: 1, pausedAt: null });
    const reopened = openJobStates(path);
    expect(reopened.problems).toEqual([]);
    expect(reopened.get('vms').lastDueAt).toBe(1);
  });

  it('that cannot be read is an error, and stays where it is', () => {
    mkdirSync(path);
    expect(() => openJobStates(path)).toThrow(expect.objectContaining({ code: 'state-read' }));
    expect(existsSync(path)).toBe(true);
  });

  it('that is a symbolic link is not followed', () => {
    writeFileSync(join(folder, 'other'), '{"version": 1, "jobs": {}}');
    symlinkSync('other', path);
    const error = failureOf(() => openJobStates(path));
    expect(error).toMatchObject({ code: 'state-read', hint: expect.stringContaining('symbolic') });
  });
});

describe('a state that cannot be kept', () => {
  it('is an error that says where and what to do, and changes nothing', () => {
    const states = openJobStates(path);
    states.set('vms', { lastDueAt: 1, pausedAt: null });
    rmSync(folder, { recursive: true });
    const error = failureOf(() => states.set('vms', { lastDueAt: 2, pausedAt: null }));
    expect(error.code).toBe('state-write');
    expect(error.message).toContain(path);
    expect(error.message).toContain('ENOENT');
    expect(error.hint).toBe(`Make the directory ${folder}.`);
    expect(states.get('vms').lastDueAt).toBe(1);

    mkdirSync(folder);
    states.set('vms', { lastDueAt: 2, pausedAt: null });
    expect(openJobStates(path).get('vms').lastDueAt).toBe(2);
  });
});

function failureOf(call: () => unknown): StateError {
  try {
    call();
  } catch (error) {
    if (error instanceof StateError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
