const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
] as const;

/** `90 minutes` for 1h30m: a duration in milliseconds, in the largest unit in which it is a whole number. */
export function durationInWords(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms > 0 && ms % size === 0) ?? ['second', 1000];
  const number = ms / size;
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
