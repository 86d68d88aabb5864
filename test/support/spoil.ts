import { FRAME, type FrameToSend } from '../../src/transport/protocol/frame.ts';
import type { Random } from './random.ts';

/** What a peer that means harm, or is broken, may say in the place of anything. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  4096,
  '',
  '..',
  '../..',
  '/etc/passwd',
  'a/../../b',
  'x@s',
  'constructor',
  '__proto__',
  '\0',
  'x'.repeat(3000),
  [],
  [[[[]]]],
  {},
  { do: 'remove' },
];

/** JSON in which one value, or as often none, is another one, missing, or doubled. */
export function spoilJson(value: unknown, random: Random): unknown {
  if (random.next() < 0.15) return random.pick(STRANGE);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length === 0) return value;
  const at = random.between(0, entries.length - 1);
  const changed = entries.flatMap(([key, inner], index): [string, unknown][] => {
    if (index !== at) return [[key, inner]];
    if (random.next() < 0.1) return [];
    if (random.next() < 0.1) return [[`${key}2`, inner]];
    return [[key, spoilJson(inner, random)]];
  });
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}

/** Bytes of which some are others, missing, or too many. */
export function spoilBytes(bytes: Uint8Array, random: Random): Buffer {
  const from = Buffer.from(bytes);
  const at = random.between(0, from.length);
  if (random.next() < 0.3) return from.subarray(0, at);
  if (random.next() < 0.3) return Buffer.concat([from.subarray(0, at), from.subarray(at / 2)]);
  const values = [0, 1, 0x2e, 0x2f, 0x7f, 0x80, 0xff];
  for (let change = 0; change < 3 && from.length > 0; change++) {
    from.writeUInt8(random.pick(values), random.between(0, from.length - 1));
  }
  return from;
}

/** A conversation in which some frames are others, missing, doubled, or in another order; their checksums are right. */
export function spoilFrames(frames: readonly FrameToSend[], random: Random): FrameToSend[] {
  return frames.flatMap((frame) => {
    const how = random.next();
    if (how < 0.7) return [frame];
    if (how < 0.75) return [];
    if (how < 0.8) return [frame, frame];
    if (how < 0.85) return [{ ...frame, type: random.pick(Object.values(FRAME)) }];
    if (how < 0.88) return [{ ...frame, id: random.pick([0, 1, 7, 1e6, Number.MAX_SAFE_INTEGER]) }];
    if (how < 0.91) return [{ ...frame, receipt: random.pick([0, 2, 9, 1e9]) }];
    if (how < 0.96 && frame.body !== undefined) {
      return [{ ...frame, body: spoilBytes(frame.body, random) }];
    }
    return [{ ...frame, head: spoilJson(frame.head ?? {}, random) }];
  });
}
