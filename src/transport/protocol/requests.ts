import { z } from 'zod';
import { MAX_COMPARED } from './limits.ts';
import { bytes } from './schemas.ts';

const nothing = z.object({}).optional();
/** Which writing of pieces it is about: 0 for the first of a transfer, then 1, … */
const apply = { apply: z.int().min(0) };
const piece = { kind: z.enum(['data', 'zero']), offset: bytes, length: z.int().min(1) };
/** A file that is open, by the number that the client gave it. */
const file = { file: z.int().min(0) };
const listing = { list: z.int().min(0) };
const progress = { bytesDone: bytes, bytesWritten: bytes };

/**
 * A request: what its head is, what the head of its reply is, whether its body is the data of a piece, and whether that
 * is worth compressing.
 */
interface Request {
  readonly head: z.ZodObject;
  readonly reply: z.ZodType;
  readonly data?: true;
  readonly bulk?: true;
}

type Requests = Readonly<Record<string, Request>>;

/** What the transfer of an image asks for. */
export const VOLUME_REQUESTS = {
  /**
   * The n-th piece, from 0. The reply comes when its buffer is free again, and says how far it all is, and up to where
   * a checkpoint was taken since the last reply that told of one.
   */
  piece: {
    head: z.strictObject({ ...apply, n: z.int().min(0), ...piece }),
    reply: z.object({ ...progress, checkpoint: bytes.optional() }),
    data: true,
    bulk: true,
  },
  /** There were so many pieces. The reply comes when all are written. */
  finish: {
    head: z.strictObject({ ...apply, count: z.int().min(0) }),
    reply: z.object({ ...progress, checkpoint: bytes.optional() }),
  },
  /** No more pieces are to be written. */
  stop: { head: z.strictObject(apply), reply: nothing },
  /** Whether the volume holds the bytes of the body. */
  holds: {
    head: z.strictObject({ offset: bytes }),
    reply: z.object({ holds: z.boolean() }),
    data: true,
  },
} as const satisfies Requests;

/**
 * What the transfer of a tree asks for. The body is a list of byte strings, each behind its length: those that the
 * comment names, or a *task*: path, entry, then the *details*, which are a symlink's target, the settings as JSON, the
 * data, then names and values of attributes.
 */
export const TREE_REQUESTS = {
  /** Directory, batch. The reply's body has the verdicts, then the links, a byte each, then the inodes, 8 bytes each. */
  compare: { head: z.strictObject({ count: z.int().min(0).max(MAX_COMPARED) }), reply: nothing },
  /** Directory. The reply's body has the first names of it. */
  list: { head: z.strictObject(listing), reply: z.object({ more: z.boolean() }) },
  'list-more': { head: z.strictObject(listing), reply: z.object({ more: z.boolean() }) },
  'list-close': { head: z.strictObject(listing), reply: nothing },
  /** Directory. */
  count: { head: z.strictObject({}), reply: z.object({ count: z.int() }) },
  /** Path, entry. */
  'make-directory': { head: z.strictObject({}), reply: nothing },
  /** Task. */
  'put-file': { head: z.strictObject({}), reply: z.object({ written: bytes }), bulk: true },
  /** Path, entry. */
  'open-file': { head: z.strictObject(file), reply: z.object({ from: bytes }) },
  /** The bytes of the piece. */
  'write-file': {
    head: z.strictObject({ ...file, ...piece }),
    reply: z.object({ written: bytes }),
    data: true,
    bulk: true,
  },
  'checkpoint-file': { head: z.strictObject({ ...file, offset: bytes }), reply: nothing },
  /** Details. */
  'finish-file': { head: z.strictObject(file), reply: nothing },
  'close-file': { head: z.strictObject(file), reply: nothing },
  /** Task. */
  'put-special': { head: z.strictObject({}), reply: nothing },
  /** Task. */
  'set-metadata': { head: z.strictObject({ links: z.boolean() }), reply: nothing },
  /** Existing path, new path, entry. */
  link: { head: z.strictObject({}), reply: z.object({ linked: z.boolean() }) },
  /** From, to. */
  move: { head: z.strictObject({}), reply: nothing },
  /** Path. Notes come while it goes on. */
  remove: { head: z.strictObject({}), reply: nothing },
} as const satisfies Requests;

export type VolumeRequests = typeof VOLUME_REQUESTS;
export type TreeRequests = typeof TREE_REQUESTS;

export type HeadOf<All extends Requests, Name extends keyof All> = z.output<All[Name]['head']>;
export type ReplyOf<All extends Requests, Name extends keyof All> = z.output<All[Name]['reply']>;

/** The request of a name that a peer said; undefined when there is none. */
export function requestNamed(requests: Requests, name: string): Request | undefined {
  return Object.hasOwn(requests, name) ? requests[name] : undefined;
}

export type { Request, Requests };
