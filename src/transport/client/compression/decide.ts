/** How bodies go over the wire. */
export type Way = 'plain' | 'compressed';

/** What is known of the way that data takes, as it was lately. */
export interface Measures {
  /** Bytes a second that the connections take; null when they take all that there is to send. */
  readonly link: number | null;
  /** Bytes of data a second that this machine compresses; null when it has not done so yet. */
  readonly compressor: number | null;
  /** What becomes of a byte that is compressed: 1 when the data does not shrink. Null likewise. */
  readonly ratio: number | null;
}

/** Compression begins when data is so many times as fast with it, and ends when it is no more than so many times as fast. */
const TO_BEGIN = 1.2;
const TO_GO_ON = 1.05;

/**
 * Which way moves most bytes of data in a second, so far as one can tell. Without a reason to compress it is not done:
 * a link that takes all that comes gets no more by it. With a reason, it is tried before it is known how well it goes.
 */
export function decideWay(before: Way, { link, compressor, ratio }: Measures): Way {
  if (link === null) return 'plain';
  if (compressor === null || ratio === null) return 'compressed';
  // Two steps, one after the other: the slower one is the speed of both.
  const speed = Math.min(compressor, link / ratio);
  const wanted = before === 'compressed' ? TO_GO_ON : TO_BEGIN;
  return speed >= link * wanted ? 'compressed' : 'plain';
}
