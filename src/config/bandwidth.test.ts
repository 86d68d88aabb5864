import { describe, expect, it } from 'vitest';
import { partReader } from '../../test/support/part-findings.ts';
import { BandwidthOfJob } from './bandwidth.ts';
import { referenceRows } from './reference.ts';

const { job, read, findings } = partReader('bandwidth', BandwidthOfJob);

const OFFICE = { from: '08:00', to: '18:00', days: 'mon-fri', limit: '50MiB' };

const LIMIT =
  'none, or a whole number of bytes, or with K, M, G, T or KiB, MiB, GiB, TiB; at least 64KiB';
const SHORT = `${LIMIT}; or a mapping with limit, timezone, windows`;
const TIME = 'HH:MM, such as 08:30';
const DAYS = 'mon, tue, wed, thu, fri, sat, sun; several with commas, or ranges such as mon-fri';

describe('a bound on bandwidth', () => {
  it.each([
    ['100MiB', 104_857_600],
    [1_000_000, 1_000_000],
    ['none', null],
  ])('may be only a size: %j', (bandwidth, limit) => {
    expect(read(bandwidth)).toEqual({
      value: { bandwidth: { limit, timezone: 'UTC', windows: [] } },
    });
    expect(read({ limit: bandwidth })).toEqual(read(bandwidth));
  });

  it('may have windows', () => {
    const night = { from: '22:00', to: '24:00', limit: 'none' };
    const windows = [OFFICE, night];
    expect(read({ limit: '80MiB', timezone: 'Europe/Zurich', windows })).toEqual({
      value: {
        bandwidth: {
          limit: 83_886_080,
          timezone: 'Europe/Zurich',
          windows: [
            { from: 480, to: 1080, days: [0, 1, 2, 3, 4], limit: 52_428_800 },
            { from: 1320, to: 1440, days: [0, 1, 2, 3, 4, 5, 6], limit: null },
          ],
        },
      },
    });
    expect(read({})).toEqual(read('none'));
    expect(read(undefined)).toEqual({ value: {} });
  });

  it.each([
    [
      '100MB',
      [
        `bandwidth: "100MB": unknown unit "MB": write 100MiB for multiples of 1024 (allowed: ${SHORT})`,
      ],
    ],
    ['1K', [`bandwidth: "1K" is less than 64KiB (allowed: ${SHORT})`]],
    [null, [`bandwidth: has no value (allowed: ${SHORT})`]],
    [[OFFICE], [`bandwidth: must be a size, but is a list (allowed: ${SHORT})`]],
    [{ limit: 5 }, [`bandwidth.limit: 5 is less than 64KiB (allowed: ${LIMIT})`]],
    [
      { limt: '1MiB' },
      [
        'bandwidth.limt (key): unknown key "limt"; did you mean "limit"? (allowed: limit, timezone, windows)',
      ],
    ],
    [{ windows: OFFICE }, ['bandwidth.windows: must be a list, but is a mapping']],
    [
      { timezone: 'Mars/Olympus', windows: [OFFICE] },
      [
        'bandwidth.timezone: "Mars/Olympus" is not known (allowed: the name of a time zone, such as UTC or Europe/Zurich)',
      ],
    ],
    [
      { windows: [{ from: '24:00', to: '8:00', days: 'monday', limit: 'some' }] },
      [
        `bandwidth.windows.0.from: "24:00": is the end of a day: write 00:00 (allowed: ${TIME})`,
        `bandwidth.windows.0.to: "8:00": write 08:00 (allowed: ${TIME})`,
        `bandwidth.windows.0.days: "monday": "monday" is no day of the week (allowed: ${DAYS})`,
        `bandwidth.windows.0.limit: "some": not a size (allowed: ${LIMIT})`,
      ],
    ],
    [
      { windows: [{ from: '08:00' }] },
      [
        `bandwidth.windows.0.to (key): missing (allowed: ${TIME})`,
        `bandwidth.windows.0.limit (key): missing (allowed: ${LIMIT})`,
      ],
    ],
    [
      {
        windows: [
          OFFICE,
          { from: '18:00', to: '19:00', limit: 'none' },
          { from: '17:30', to: '18:30', days: 'fri-sat', limit: 'none' },
          { from: '23:00', to: '09:00', days: 'sun', limit: 'none' },
        ],
      },
      [
        'bandwidth.windows.2: overlaps with windows[0] on fri 17:30',
        'bandwidth.windows.2: overlaps with windows[1] on fri 18:00',
        'bandwidth.windows.3: overlaps with windows[0] on mon 08:00',
      ],
    ],
  ])('%j is told exactly what is wrong', (bandwidth, expected) => {
    expect(findings(bandwidth)).toEqual(expected);
  });

  it('is in the reference with all its keys', () => {
    expect(referenceRows(job).map(({ key, kind, fallback }) => [key, kind, fallback])).toEqual([
      ['bandwidth', 'size per second or `none` or mapping', 'none'],
      ['bandwidth.limit', 'size per second or `none`', '`none`'],
      ['bandwidth.timezone', 'time zone', '`UTC`'],
      ['bandwidth.windows', 'list of mappings', 'empty'],
      ['bandwidth.windows[].from', 'time of day', null],
      ['bandwidth.windows[].to', 'time of day', null],
      ['bandwidth.windows[].days', 'days of the week', '`mon-sun`'],
      ['bandwidth.windows[].limit', 'size per second or `none`', null],
    ]);
  });
});
