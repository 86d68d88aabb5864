import { notParsed, type Parsed, parsed } from './parsed.ts';

const MS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
]);

/** What a duration may look like, for messages and documentation. */
export const DURATION_FORM =
  'whole numbers with d, h, m or s, largest first, such as 60s, 15m or 1h30m';

/** Reads a duration such as `60s` or `1h30m` into milliseconds. A number without a unit is refused. */
export function parseDuration(text: string): Parsed<number> {
  if (/^\d+$/.test(text)) return notParsed(`a unit is missing: write ${text}s for seconds`);
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match || text === '') return notParsed(wrongDuration(text));
  const units = [...MS.values()];
  const ms = units.reduce((sum, factor, index) => sum + Number(match[index + 1] ?? 0) * factor, 0);
  return Number.isSafeInteger(ms) ? parsed(ms) : notParsed('too long');
}

function wrongDuration(text: string): string {
  const single = /^(?<digits>\d+) ?(?<unit>[A-Za-z]+)$/.exec(text)?.groups;
  if (!single) return 'not a duration';
  const { digits = '', unit = '' } = single;
  const letter = unit.charAt(0).toLowerCase();
  // `5ms` and `2mo` begin with m and are not minutes.
  const isNear = /^(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)$/i.test(unit);
  return isNear ? `unknown unit "${unit}": write ${digits}${letter}` : `unknown unit "${unit}"`;
}

/** `1h30m`, `2m05s`, `7s`, `0.4s`: the two largest units, for people. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${trimZero((ms / 1000).toFixed(1))}s`;
  const seconds = Math.round(ms / 1000);
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return `${d}d${pad(h)}h`;
  if (h > 0) return `${h}h${pad(m)}m`;
  return m > 0 ? `${m}m${pad(s)}s` : `${s}s`;
}

/** `1d`, `1h30m`, `0s`: exact, for whole seconds in milliseconds, as {@link parseDuration} reads it. */
export function writeDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, factor] of MS) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text === '' ? '0s' : text;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}
