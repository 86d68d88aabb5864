import type { Bandwidth } from '../core/bandwidth.ts';
import { spansOf, WEEK_MINUTES, type WeekSpan } from '../lib/week.ts';
import { offsetAt, offsetChange } from '../lib/zone-offset.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** What comes every week may be left out once, with the hour in which it lies. */
const LOOK_AHEAD_MS = 15 * DAY_MS;

export interface CurrentLimit {
  /** Bytes per second; null for none. */
  readonly limit: number | null;
  /** When another limit begins to hold, in milliseconds since 1970; null when none ever does. */
  readonly changesAt: number | null;
}

/**
 * The limit that holds now, and until when. What clocks on the wall show decides: a window that lies in an hour
 * which a change of the clocks leaves out is left out, and one in an hour that comes twice holds in both.
 */
export function limitAt(bandwidth: Bandwidth, now: number): CurrentLimit {
  const limit = limitOf(bandwidth, now);
  let time = now;
  while (time - now < LOOK_AHEAD_MS) {
    const next = nextEdge(bandwidth, time);
    if (next === null) break;
    // Up to a change of the clocks it is known what they show; behind it the edges lie elsewhere.
    time = offsetChange(bandwidth.timezone, time, next) ?? next;
    if (limitOf(bandwidth, time) !== limit) return { limit, changesAt: time };
  }
  return { limit, changesAt: null };
}

function limitOf({ limit, timezone, windows }: Bandwidth, time: number): number | null {
  const minute = weekMinute(timezone, time);
  const isInside = ({ from, to }: WeekSpan): boolean => from <= minute && minute < to;
  const window = windows.find((candidate) => spansOf(candidate).some(isInside));
  return window === undefined ? limit : window.limit;
}

/** When a window next begins or ends, if the clocks go on as they do; null without windows. */
function nextEdge({ timezone, windows }: Bandwidth, time: number): number | null {
  const minute = weekMinute(timezone, time);
  const edges = windows.flatMap(spansOf).flatMap(({ from, to }) => [from, to]);
  if (edges.length === 0) return null;
  const distances = edges.map(
    (edge) => (edge - minute + WEEK_MINUTES) % WEEK_MINUTES || WEEK_MINUTES,
  );
  return Math.floor(time / MINUTE_MS) * MINUTE_MS + Math.min(...distances) * MINUTE_MS;
}

/** What clocks of a zone show at a time, in whole minutes since their week began. */
function weekMinute(timezone: string, time: number): number {
  const week = WEEK_MINUTES * MINUTE_MS;
  const sinceMonday = (time + offsetAt(timezone, time) - FIRST_MONDAY_MS) % week;
  return Math.floor(((sinceMonday + week) % week) / MINUTE_MS);
}
