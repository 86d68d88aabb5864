import { describe, expect, it } from 'vitest';
import { Keep } from './retention.ts';

/** What is wrong: where, what, and what would be right. */
function problems(value: unknown): string[] {
  const issues = Keep.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message, ...issue }) => {
    const params: unknown = 'params' in issue ? issue.params : {};
    const allowed = (params as { readonly allowed?: string } | undefined)?.allowed;
    return `${path.join('.')}: ${message}${allowed === undefined ? '' : ` (${allowed})`}`;
  });
}

const COUNT = 'a whole number from 1 to 1000000';
const DURATION =
  'whole numbers with d, h, m or s, largest first, such as 60s, 15m or 1h30m; at least 1s';
const REGEX = 'a regular expression of JavaScript (with the flag v), without slashes';
const ZONE = 'the name of a time zone, such as UTC or Europe/Zurich';
const RULES = 'at least one of last, within, hourly, daily, weekly, monthly, yearly, regex';

describe('keep', () => {
  it('may be left out', () => {
    expect(Keep.parse(undefined)).toBe(undefined);
  });

  it('is read with all its rules, durations in milliseconds', () => {
    const counts = { last: 3, hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 5 };
    const target = { ...counts, within: '24h', regex: '-01T' };
    expect(Keep.parse({ timezone: 'Europe/Zurich', target, source: { last: 1 } })).toEqual({
      timezone: 'Europe/Zurich',
      target: { ...counts, within: 86_400_000, regex: '-01T' },
      source: { last: 1 },
    });
  });

  it('has the time zone UTC, and no rules for a side that is left out', () => {
    expect(Keep.parse({ target: { daily: 14 } })).toEqual({
      timezone: 'UTC',
      target: { daily: 14 },
    });
  });

  it.each([
    [
      {},
      ': has no rules: leave the key out to keep everything on the target (rules for target, source)',
    ],
    [
      { timezone: 'Europe/Zurich' },
      ': has no rules: leave the key out to keep everything on the target (rules for target, source)',
    ],
    [{ target: {} }, `target: has no rule: leave the key out to keep all snapshots (${RULES})`],
    [
      { target: { last: 1 }, source: {} },
      `source: has no rule: leave the key out to keep only the base (${RULES})`,
    ],
    [{ target: { last: 0 } }, `target.last: 0 is not allowed (${COUNT})`],
    [{ target: { daily: 1.5 } }, `target.daily: 1.5 is not allowed (${COUNT})`],
    [{ target: { yearly: -1 } }, `target.yearly: -1 is not allowed (${COUNT})`],
    [{ target: { hourly: '24' } }, `target.hourly: must be a number, but is text (${COUNT})`],
    [{ target: { weekly: null } }, `target.weekly: has no value (${COUNT})`],
    [{ target: { within: '0s' } }, `target.within: "0s" is less than 1s (${DURATION})`],
    [
      { target: { within: 24 } },
      `target.within: 24: a unit is missing: write 24s for seconds (${DURATION})`,
    ],
    [{ target: { regex: '(' } }, `target.regex: "(": unterminated group (${REGEX})`],
    [{ target: { regex: '' } }, `target.regex: empty (${REGEX})`],
    [
      { target: { regex: '/T00:/' } },
      `target.regex: "/T00:/": leave out the slashes: write T00: (${REGEX})`,
    ],
    [
      { timezone: 'Europe/Zurch', target: { last: 1 } },
      `timezone: "Europe/Zurch" is not known; did you mean "Europe/Zurich"? (${ZONE})`,
    ],
    [
      { timezone: '+01:00', target: { last: 1 } },
      `timezone: "+01:00" is an offset, not a time zone (${ZONE})`,
    ],
  ])('%j is refused', (value, problem) => {
    expect(problems(value)).toEqual([problem]);
  });

  it('does not complain of missing rules when one is misspelt', () => {
    expect(problems({ target: { dayly: 14 } })).toEqual(['target: Unrecognized key: "dayly"']);
    expect(problems({ last: 3 })).toEqual([': Unrecognized key: "last"']);
  });
});
