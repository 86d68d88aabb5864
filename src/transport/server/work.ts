import type { z } from 'zod';
import { MAX_PIECE_BYTES } from '../../core/extent.ts';
import type { ScanRecord, TargetSnapshot } from '../../core/target.ts';
import { createBufferPool } from '../../lib/buffer-pool.ts';
import { createSlots } from '../../lib/slots.ts';
import { invalidMessage } from '../errors.ts';
import type { Place, PlaceFor } from '../protocol/read-frames.ts';
import type { Requests } from '../protocol/requests.ts';
import type { Incoming, Perform, Reply, Tools } from './desk.ts';

/** What a transfer may have under way at once. */
export interface Windows {
  /** Requests with data: as many buffers of 4 MiB there are, at most. */
  readonly pieces: number;
  /** Others. */
  readonly requests: number;
}

/** A transfer on the sink's side: what the client's requests do to a target. */
export interface Work {
  readonly placeFor: PlaceFor;
  readonly perform: Perform;
  /** How much was written to the target so far. */
  bytesWritten(): number;
  commit(scan: ScanRecord | null, signal: AbortSignal): Promise<TargetSnapshot>;
  /** Ends what waits for more to come. */
  stop(): Promise<void>;
  /** Leaves the target at rest; nothing goes on any more. */
  close(): Promise<void>;
}

/** What one request does: its head is checked, its body is whatever came. */
export interface Step extends Tools {
  readonly body: Buffer;
  /** The memory that the data of a piece lies in: whoever performs the request gives it back. */
  readonly place: Place | null;
}

/** What each of a kind's requests does. */
export type Performers<All extends Requests> = {
  readonly [Name in keyof All]: (
    head: z.output<All[Name]['head']>,
    step: Step,
  ) => Promise<Reply & { readonly head?: z.input<All[Name]['reply']> }>;
};

const BODIES_AT_ONCE = 8;
/** A body that is no larger waits for no place. */
const SMALL_BODY_BYTES = 64 * 1024;

/** What {@link Work} does with requests, from what each of them does. */
export function dispatch<All extends Requests>(
  requests: All,
  performers: Performers<All>,
): Perform {
  return async ({ head, body, place }: Incoming, tools: Tools) => {
    let parsed: { readonly name: keyof All & string; readonly head: never };
    try {
      parsed = parseHead(requests, head);
    } catch (error) {
      place?.release();
      throw error;
    }
    const isData = requests[parsed.name]?.data === true;
    try {
      return await performers[parsed.name](parsed.head, { ...tools, body, place });
    } finally {
      if (!isData) place?.release();
    }
  };
}

/** Where bodies go: data into one of the transfer's buffers, others into memory that is bounded all the same. */
export function createPlaces(
  requests: Requests,
  { pieces }: Windows,
  allocate: (bytes: number) => Buffer,
  signal: AbortSignal,
): PlaceFor {
  const pool = createBufferPool({ count: pieces, bytes: MAX_PIECE_BYTES, allocate });
  const slots = createSlots(BODIES_AT_ONCE);
  return async ({ bodyBytes }, head) => {
    if (requests[nameOf(head)]?.data === true) return pool.lease(signal);
    const release = bodyBytes <= SMALL_BODY_BYTES ? () => undefined : await slots.take();
    return { buffer: Buffer.allocUnsafe(bodyBytes), release };
  };
}

/** Runs what takes a body apart: whatever it throws is the client's fault. */
export function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) {
      throw invalidMessage(`the body of a request: ${error.message}`);
    }
    throw error;
  }
}

function parseHead<All extends Requests>(
  requests: All,
  head: unknown,
): { readonly name: keyof All & string; readonly head: never } {
  const name = nameOf(head);
  const request = Object.hasOwn(requests, name) ? requests[name] : undefined;
  if (request === undefined) throw invalidMessage('there is no such request');
  const { do: _name, ...rest } = head as Record<string, unknown>;
  const result = request.head.safeParse(rest);
  if (!result.success) throw invalidMessage(`${name}: ${result.error.issues[0]?.message}`);
  return { name, head: result.data as never };
}

function nameOf(head: unknown): string {
  const isObject = typeof head === 'object' && head !== null && 'do' in head;
  return isObject && typeof head.do === 'string' ? head.do : '';
}
