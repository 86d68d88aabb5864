import { availableParallelism } from 'node:os';
import { createBudget } from '../../../lib/budget.ts';
import type { BusyRate } from '../../../lib/busy-rate.ts';
import { createSlots } from '../../../lib/slots.ts';
import { compressBody } from '../../protocol/zstd.ts';
import type { Way } from './decide.ts';
import { Judge } from './judge.ts';

/** Whether data is compressed on its way: always, or when it is faster for it. */
export type Packing = 'auto' | 'always';

/** A body that is ready to be sent. Disposing of it gives its memory back. */
export interface Packed extends Disposable {
  /** Null when it goes as it is. */
  readonly compressed: Buffer | null;
}

/** Compresses what is sent to one sink, by all transfers together. */
export interface Packer {
  /** To be told of what waits for the connections. */
  readonly link: BusyRate;
  /**
   * Makes a body ready to be sent; it must not be touched until then. The bodies of a transfer get their memory in the
   * order in which they are handed in: a piece never waits for memory that a later one holds.
   */
  pack(body: Uint8Array): Promise<Packed>;
}

/** What is smaller is not worth a thread's while. */
const LEAST_BYTES = 4 * 1024;

/** For a probe, so much of a body is compressed. */
const PROBE_BYTES = 1024 * 1024;

/** What does not shrink to so much of itself goes as it is: the sink is spared the work. */
const WORTHWHILE = 0.95;

/** Compressed bodies that were not answered yet take so much memory at most. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/** So many threads compress at once, at most: the others read data in the meantime. */
const MAX_AT_ONCE = 3;

const NEVER = new AbortController().signal;

const AS_IT_IS: Packed = { compressed: null, [Symbol.dispose]: () => undefined };

/** `clock`: the time in milliseconds. */
export function createPacker(packing: Packing, clock = () => performance.now()): Packer {
  const judge = new Judge(clock);
  const slots = createSlots(Math.min(MAX_AT_ONCE, availableParallelism()));
  const budget = createBudget(MEMORY_BYTES);
  const wayNow = (): Way => (packing === 'always' ? 'compressed' : judge.wayNow());

  async function compress(bytes: Uint8Array): Promise<Buffer> {
    judge.compressor.begin();
    try {
      return await compressBody(bytes);
    } finally {
      judge.compressor.end(bytes.length);
    }
  }

  async function plain(body: Uint8Array): Promise<Packed> {
    if (judge.goesPlain(body.length) === 'probe') {
      const part = body.subarray(0, PROBE_BYTES);
      judge.probed(part.length, (await compress(part)).length);
    }
    return AS_IT_IS;
  }

  async function compressed(body: Uint8Array): Promise<Packed> {
    const giveBack = await budget.take(body.length, NEVER);
    let short: Buffer | null = null;
    try {
      const bytes = await compress(body);
      judge.compressed(body.length, bytes.length);
      if (bytes.length <= body.length * WORTHWHILE) short = bytes;
    } finally {
      giveBack(short?.length);
    }
    return short === null ? AS_IT_IS : { compressed: short, [Symbol.dispose]: () => giveBack() };
  }

  return {
    link: judge.link,
    async pack(body) {
      if (body.length < LEAST_BYTES) return AS_IT_IS;
      if (wayNow() === 'plain') return plain(body);
      const leave = await slots.take();
      try {
        // Those before it may have shown that it is not worth it.
        if (wayNow() === 'plain') return await plain(body);
        return await compressed(body);
      } finally {
        leave();
      }
    },
  };
}
