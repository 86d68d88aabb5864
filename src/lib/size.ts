import { notParsed, type Parsed, parsed } from './parsed.ts';

const UNITS = ['K', 'M', 'G', 'T', 'P'] as const;
const FACTORS: ReadonlyMap<string, number> = new Map(
  UNITS.flatMap((unit, index) => {
    const factor = 1024 ** (index + 1);
    return [
      [unit, factor],
      [`${unit}iB`, factor],
    ] as const;
  }),
);

/** What a size may look like, for messages and documentation. */
export const SIZE_FORM = 'a whole number of bytes, or with K, M, G, T or KiB, MiB, GiB, TiB';

/**
 * Reads a size such as `64MiB` or `16K` into bytes. As in ZFS, `K` and `KiB` both mean 1024.
 * `10GB` is refused, not guessed at: it means 10^10 to some readers and 10 * 2^30 to others.
 */
export function parseSize(text: string): Parsed<number> {
  const match = /^(?<digits>\d+) ?(?<unit>[A-Za-z]*)$/.exec(text);
  if (!match?.groups) return notParsed('not a size');
  const { digits = '', unit = '' } = match.groups;
  const factor = unit === '' ? 1 : FACTORS.get(unit);
  if (factor === undefined) return notParsed(unknownUnit(digits, unit));
  const bytes = Number(digits) * factor;
  return Number.isSafeInteger(bytes) ? parsed(bytes) : notParsed('too large');
}

function unknownUnit(digits: string, unit: string): string {
  const letter = unit.charAt(0).toUpperCase();
  const isNear = /^[kmgtp](i?b?)$/i.test(unit);
  if (!isNear) return `unknown unit "${unit}"`;
  const meant = unit.length === 1 ? letter : `${letter}iB`;
  return `unknown unit "${unit}": write ${digits}${meant} for multiples of 1024`;
}

/** `1.5 GiB`, `512 B`: three significant digits at most, for people. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of UNITS) {
    // Rounded to what is shown, so that 1023.99 KiB reads as 1.0 MiB and not as 1024 KiB.
    if (Math.round(value) < 1024) break;
    value /= 1024;
    unit = `${next}iB`;
  }
  const digits = unit === 'B' || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`;
}

/** `310 MiB/s`, or `-` as long as nothing is known. */
export function formatRate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? '-' : `${formatBytes(bytesPerSecond)}/s`;
}
