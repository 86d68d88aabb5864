import type { z } from 'zod';
import type { ScanRecord, TargetSnapshot } from '../../core/target.ts';
import { invalidMessage } from '../errors.ts';
import type { Place, PlaceFor } from '../protocol/read-frames.ts';
import { type Requests, requestNamed } from '../protocol/requests.ts';
import type { Incoming, Perform, Reply, Tools } from './desk.ts';
import { nameOf } from './places.ts';

/** What a transfer may have under way at once. */
export interface Windows {
  /** Requests with data: as many buffers of 4 MiB it has. */
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

/** Waits until a body may be taken apart; what it resolves to is called when nothing of that is needed any more. */
export type Admit = (body: Buffer, signal: AbortSignal) => Promise<() => void>;

/** What {@link Work} does with requests, from what each of them does. Bodies without data are admitted first. */
export function dispatch<All extends Requests>(
  requests: All,
  performers: Performers<All>,
  admit: Admit,
): Perform {
  return async ({ head, body, place }: Incoming, tools: Tools) => {
    let parsed: { readonly name: keyof All & string; readonly head: never };
    try {
      parsed = parseHead(requests, head);
    } catch (error) {
      place?.release();
      throw error;
    }
    const perform = performers[parsed.name];
    if (requests[parsed.name]?.data === true) {
      return perform(parsed.head, { ...tools, body, place });
    }
    using held = new DisposableStack();
    if (place !== null) held.defer(() => place.release());
    held.defer(await admit(body, tools.signal));
    return await perform(parsed.head, { ...tools, body, place });
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
  const request = requestNamed(requests, name);
  if (request === undefined) throw invalidMessage('there is no such request');
  const { do: _name, ...rest } = head as Record<string, unknown>;
  const result = request.head.safeParse(rest);
  if (!result.success) throw invalidMessage(`${name}: ${result.error.issues[0]?.message}`);
  return { name, head: result.data as never };
}
