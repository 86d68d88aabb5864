import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/transport/errors.ts';
import { encodeFrame, type FrameToSend } from '../../src/transport/protocol/frame.ts';
import { MAX_BODY_BYTES } from '../../src/transport/protocol/limits.ts';
import { bytesOf, chunksOf, decode, randomFrame } from '../support/frames.ts';
import { createRandom, type Random } from '../support/random.ts';

const INPUTS = process.env['LONG_TESTS'] === undefined ? 50_000 : 1_000_000;

/** Inputs that once were found to be read wrongly, or that a reader easily reads wrongly. */
const CORPUS = new URL('../fixtures/frames.json', import.meta.url);

interface Case {
  readonly name: string;
  /** The bytes, as hexadecimal digits. */
  readonly hex: string;
  /** How many frames come of it, and with which code it ends; null when it ends well. */
  readonly frames: number;
  readonly code: string | null;
}

/** Ways to spoil bytes. */
const SPOILERS: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes) => bytes,
  (bytes, random) => bytes.subarray(0, random.between(0, bytes.length)),
  (bytes, random) => bytes.subarray(random.between(0, bytes.length)),
  (bytes, random) => withByte(bytes, random.between(0, bytes.length - 1), random.between(0, 255)),
  (bytes, random) => withByte(bytes, random.between(0, 31), random.pick([0, 1, 0x7f, 0x80, 0xff])),
  (bytes, random) => {
    const at = random.between(0, bytes.length);
    const strange = Buffer.from(
      Array.from({ length: random.between(1, 40) }, () => random.between(0, 255)),
    );
    return Buffer.concat([bytes.subarray(0, at), strange, bytes.subarray(at)]);
  },
  (bytes, random) => {
    const [from, to] = [random.between(0, bytes.length), random.between(0, bytes.length)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
];

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const spoiled = Buffer.from(bytes);
  if (at < spoiled.length) spoiled.writeUInt8(value, at);
  return spoiled;
}

/**
 * What must be true of any bytes: frames come out only as their sender made them, and no memory is lost. Of a frame that
 * came compressed that is true of what it says: the same can be compressed in other ways.
 */
async function tryBytes(
  bytes: Buffer,
  sent: readonly FrameToSend[],
  lengths: () => number,
  drop: boolean,
): Promise<void> {
  const { frames, error, peak, leaked } = await decode(chunksOf(bytes, lengths), drop);
  if (error !== null && !(error instanceof TransportError)) throw error;
  if (leaked !== 0) throw new Error(`${leaked} bytes were not given back`);
  if (peak > MAX_BODY_BYTES) throw new Error(`${peak} bytes were asked for`);
  if (drop) return;
  const said = new Set(sent.map(saying));
  if (!frames.every((frame) => said.has(saying(frame)))) throw new Error('nobody said that');
  if (sent.some(({ compressed }) => compressed !== undefined)) return;
  const read = Buffer.concat(frames.flatMap((frame) => encodeFrame(frame)));
  if (!bytes.subarray(0, read.length).equals(read)) throw new Error('a frame is not what was sent');
}

/** What a frame says, in whatever form it comes. */
function saying({ type, id, receipt, head, body }: FrameToSend): string {
  return bytesOf([
    {
      type,
      ...(id === undefined ? {} : { id }),
      ...(receipt === undefined ? {} : { receipt }),
      head,
      ...(body === undefined ? {} : { body }),
    },
  ]).toString('latin1');
}

describe('the reader of frames', () => {
  it(`takes ${INPUTS} inputs, spoiled in every way, for what they are`, {
    timeout: 1_800_000,
  }, async () => {
    const random = createRandom();
    for (let count = 0; count < INPUTS; count++) {
      const sent = Array.from({ length: random.between(1, 4) }, () => randomFrame(random));
      const bytes = random.pick(SPOILERS)(random.pick(SPOILERS)(bytesOf(sent), random), random);
      const most = random.pick([9, 60, 1000]);
      const drop = random.next() < 0.2;
      try {
        await tryBytes(bytes, sent, () => random.between(1, most), drop);
      } catch (cause) {
        const about = `input ${count} of TEST_SEED=${random.seed}, for ${CORPUS.pathname}`;
        throw new Error(`${about}: ${bytes.toString('hex')}`, { cause });
      }
    }
  });

  it('reads each case of the corpus as it should', async () => {
    const cases = JSON.parse(await readFile(CORPUS, 'utf8')) as readonly Case[];
    expect(cases.length).toBeGreaterThan(5);
    for (const { name, hex, frames: count, code } of cases) {
      for (const length of [1, 13, 10_000]) {
        const { frames, error, leaked } = await decode(
          chunksOf(Buffer.from(hex, 'hex'), () => length),
        );
        expect([name, frames.length, codeOf(error), leaked]).toEqual([name, count, code, 0]);
      }
    }
  });
});

function codeOf(error: unknown): string | null {
  if (error === null) return null;
  if (error instanceof TransportError) return error.code;
  throw error;
}
