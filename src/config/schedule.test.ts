import { describe, expect, it } from 'vitest';
import { partReader } from '../../test/support/part-findings.ts';
import { referenceRows } from './reference.ts';
import { ScheduleOfJob } from './schedule.ts';

const { job, read, findings } = partReader('schedule', ScheduleOfJob);

const DURATION = 'whole numbers with d, h, m or s, largest first, such as 60s, 15m or 1h30m';
const EVERY = `${DURATION}; at least 1s, at most 366d`;
const JITTER = `${DURATION}; at least 0s, at most 1d`;
const CRON =
  'as in crontab: minute, hour, day of month, month, day of week; a sixth field in front is for seconds';
const ZONE = 'the name of a time zone, such as UTC or Europe/Zurich';

describe('a schedule', () => {
  it('is read into what schedules are made of', () => {
    expect(read({ every: '15m' })).toEqual({
      value: { schedule: { kind: 'every', every: 900_000, jitter: 0, catchUp: true } },
    });
    expect(
      read({ cron: '0  2 * * *', timezone: 'Europe/Zurich', jitter: '5m', catch_up: false }),
    ).toEqual({
      value: {
        schedule: {
          kind: 'cron',
          cron: '0 2 * * *',
          timezone: 'Europe/Zurich',
          jitter: 300_000,
          catchUp: false,
        },
      },
    });
    expect(read({ cron: '0 2 * * *' })).toMatchObject({ value: { schedule: { timezone: 'UTC' } } });
    expect(read({ every: '15m', jitter: '15m' })).toMatchObject({ value: {} });
    expect(read(undefined)).toEqual({ value: {} });
  });

  it.each([
    [{}, ['schedule: does not say when (allowed: every or cron)']],
    [
      { every: '15m', cron: '0 2 * * *' },
      ['schedule.cron (key): has no meaning beside every (allowed: every or cron)'],
    ],
    [
      { every: '15m', timezone: 'UTC' },
      ['schedule.timezone (key): has no meaning without cron (allowed: with cron only)'],
    ],
    [
      { every: '15m', jitter: '20m' },
      ['schedule.jitter: 20 minutes is longer than every (allowed: at most 15 minutes)'],
    ],
    [{ every: '0s' }, [`schedule.every: "0s" is less than 1s (allowed: ${EVERY})`]],
    [
      { every: 15 },
      [`schedule.every: 15: a unit is missing: write 15s for seconds (allowed: ${EVERY})`],
    ],
    [{ every: null }, [`schedule.every: has no value (allowed: ${EVERY})`]],
    [{ cron: '0 25 * * *' }, [`schedule.cron: "0 25 * * *": "25" is no hour (allowed: ${CRON})`]],
    [
      { cron: '@daily' },
      [`schedule.cron: "@daily": has 1 field, not five or six (allowed: ${CRON})`],
    ],
    [
      { cron: '0 0 31 2 *' },
      [`schedule.cron: "0 0 31 2 *": never comes: no year has such a day (allowed: ${CRON})`],
    ],
    [
      { cron: 7 },
      [`schedule.cron: must be text, but is 7, a number: put it in quotes (allowed: ${CRON})`],
    ],
    [
      { cron: '0 2 * * *', timezone: 'Europe/Zuerich' },
      [
        `schedule.timezone: "Europe/Zuerich" is not known; did you mean "Europe/Zurich"? (allowed: ${ZONE})`,
      ],
    ],
    [
      { cron: '0 2 * * *', catch_up: 'yes' },
      ['schedule.catch_up: must be true or false, but is text (allowed: true or false)'],
    ],
    [
      { cron: '0 2 * * *', jitter: '2d' },
      [`schedule.jitter: "2d" is more than 1d (allowed: ${JITTER})`],
    ],
    [
      { evry: '15m' },
      [
        'schedule.evry (key): unknown key "evry"; did you mean "every"? (allowed: every, cron, timezone, jitter, catch_up)',
      ],
    ],
    [
      '15m',
      [
        'schedule: must be a mapping, but is text (allowed: a mapping with every, cron, timezone, jitter, catch_up)',
      ],
    ],
  ])('%j is told exactly what is wrong', (schedule, expected) => {
    expect(findings(schedule)).toEqual(expected);
  });

  it('is told what is wrong with its parts together with what is wrong between them', () => {
    expect(findings({ every: '15', cron: '* * *', jitter: 'x' })).toEqual([
      `schedule.every: "15": a unit is missing: write 15s for seconds (allowed: ${EVERY})`,
      `schedule.cron: "* * *": has 3 fields, not five or six (allowed: ${CRON})`,
      `schedule.jitter: "x": not a duration (allowed: ${JITTER})`,
      'schedule.cron (key): has no meaning beside every (allowed: every or cron)',
    ]);
  });

  it('is in the reference with all its keys', () => {
    expect(referenceRows(job).map(({ key, fallback }) => [key, fallback])).toEqual([
      ['schedule', 'none'],
      ['schedule.every', 'none'],
      ['schedule.cron', 'none'],
      ['schedule.timezone', 'none'],
      ['schedule.jitter', '`0s`'],
      ['schedule.catch_up', '`true`'],
    ]);
  });
});
