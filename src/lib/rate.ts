/** How much was done by when. */
export interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** Rates are over about this long, in milliseconds: short enough to follow, long enough to be read. */
const WINDOW_MS = 10_000;
const MOST_SAMPLES = 64;

/** The samples that still count, with a new one; `windowMs` is how long they do, in milliseconds. */
export function addSample(
  samples: readonly Sample[],
  sample: Sample,
  windowMs: number = WINDOW_MS,
): readonly Sample[] {
  const last = samples.at(-1);
  // Progress that goes backwards is another count: a new phase, or the clock was set.
  if (last !== undefined && (sample.bytes < last.bytes || sample.at < last.at)) return [sample];
  // Events may come much faster than anyone looks: neighbours in time are thinned out.
  const isClose =
    samples.length > 1 && sample.at - (samples.at(-2)?.at ?? 0) < windowMs / MOST_SAMPLES;
  const kept = isClose ? samples.slice(0, -1) : samples;
  return [...kept.filter(({ at }) => at >= sample.at - windowMs), sample];
}

/** Bytes a second at the time `now`, or null while there is too little to tell. */
export function rateOf(samples: readonly Sample[], now: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < 500) return null;
  // A transfer that stands still gets slower by the second.
  const seconds = Math.max(last.at - first.at, now - first.at - 2000) / 1000;
  return (last.bytes - first.bytes) / seconds;
}

/** Milliseconds until the rest is done at this rate, or null when nobody knows. */
export function timeLeft(rest: number, rate: number | null): number | null {
  return rate === null || rate <= 0 ? null : (rest / rate) * 1000;
}
