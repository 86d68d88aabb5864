import { expect, it } from 'vitest';
import { Keep } from '../../src/config/retention.ts';
import { decideRetention } from '../../src/retention/decide.ts';

/** The two folders do not know each other: here the rules of the one are given to the other. */
it('decides by rules as they are configured', () => {
  const keep = Keep.parse({
    timezone: 'Europe/Zurich',
    target: { within: '1h', daily: 2, regex: 'T20:' },
  });
  const hours = Array.from({ length: 72 }, (_, hour) => Date.UTC(2026, 10, 20, hour));
  const snapshots = hours.map((takenAt) => ({
    name: new Date(takenAt).toISOString(),
    takenAt,
    protections: [],
  }));
  const decisions = decideRetention(snapshots, keep?.target ?? null, keep?.timezone ?? 'UTC');
  expect(decisions.filter(({ keep }) => keep).map(({ snapshot }) => snapshot.name)).toEqual([
    '2026-11-22T23:00:00.000Z',
    '2026-11-22T22:00:00.000Z',
    '2026-11-22T20:00:00.000Z',
    '2026-11-21T20:00:00.000Z',
    '2026-11-20T20:00:00.000Z',
  ]);
});
