const NS = 1_000_000_000n;

/**
 * The time in a virtual attribute, `SECONDS.NANOSECONDS`: nanoseconds since 1970. Some releases do not
 * pad the nanoseconds with zeros, or write the padding's width in front of them: where that can be
 * seen, it is rounded up to the next second, so that nothing looks older than it is.
 */
export function parseTime(text: string): bigint {
  const parts = /^(\d+)\.(\d+)$/.exec(text);
  if (parts === null) throw new Error(`${JSON.stringify(text)} is no time`);
  const [, seconds = '', fraction = ''] = parts;
  if (fraction.length === 9) return BigInt(seconds) * NS + BigInt(fraction);
  return (BigInt(seconds) + 1n) * NS;
}
