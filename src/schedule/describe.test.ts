import { expect, it } from 'vitest';
import { describeSchedule } from './describe.ts';

const MINUTE = 60_000;
const night = { kind: 'cron', cron: '0 2 * * *', timezone: 'Europe/Zurich' } as const;
const plain = { jitter: 0, catchUp: true };

it.each([
  [undefined, 'only when triggered'],
  [{ kind: 'every', every: 15 * MINUTE, ...plain }, 'every 15 minutes'],
  [{ kind: 'every', every: 60 * MINUTE, ...plain }, 'every hour'],
  [{ kind: 'every', every: 90 * MINUTE, ...plain }, 'every 90 minutes'],
  [{ kind: 'every', every: 11 * MINUTE, ...plain }, 'every 11 minutes'],
  [{ ...night, ...plain }, '0 2 * * * (Europe/Zurich)'],
  [
    { ...night, jitter: 5 * MINUTE, catchUp: false },
    '0 2 * * * (Europe/Zurich), up to 5 minutes later, without catching up',
  ],
] as const)('%j is told as %j', (schedule, words) => {
  expect(describeSchedule(schedule)).toBe(words);
});
