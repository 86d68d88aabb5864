import { z } from 'zod';
import {
  base64,
  errorReport,
  id,
  identity,
  listedDataset,
  name,
  place,
  scanRecord,
  short,
  targetSnapshot,
  targetState,
  treeOrder,
  volumeOrder,
} from './schemas.ts';

const nothing = z.object({});
const of = { on: place };
const ofSource = { ...of, source: name };
const ofDataset = { ...of, dataset: name };
const session = { session: id };

const versions = z.strictObject({ min: z.int().min(0), max: z.int().min(0) });

/** What a transfer may have under way at once. */
const windows = {
  /** Requests with data, each of which takes one of the sink's buffers. */
  pieces: z.int().min(1),
  /** All other requests. */
  requests: z.int().min(1),
};

/** Those features of `hello` that a transfer makes use of. */
const features = { features: z.array(short).max(64).optional() };

/** A call: what it is given, and what it answers. */
interface Call {
  readonly args: z.ZodType;
  readonly answer: z.ZodType;
  /** To make it twice would do something else than to make it once: its answer is kept for a while. */
  readonly once: boolean;
}

/**
 * The calls of the protocol. A dataset's name is relative to the client's root. How a call may be tried again: with
 * the same id, and it is done once.
 */
export const CALLS = {
  hello: {
    args: z.object({ versions, features: z.array(short).max(64), software: short }),
    answer: z.object({
      versions,
      features: z.array(z.string()),
      software: z.string(),
      /** What the sink calls this client. */
      client: z.string(),
      /** The dataset that the client's own are beneath. */
      root: z.string(),
      /** What it may do beyond backing up. */
      allow: z.array(z.string()),
      /** How often each side says that it is still there, in milliseconds. */
      heartbeatMs: z.int().min(1),
      /** When the sink gives up what it has heard nothing of, in milliseconds. */
      sessionMs: z.int().min(1),
    }),
    once: false,
  },
  check: { args: z.strictObject(of), answer: nothing, once: false },
  /** What all of the client's datasets hold, for people. */
  list: {
    args: z.strictObject({}),
    answer: z.object({ datasets: z.array(listedDataset) }),
    once: false,
  },
  sources: {
    args: z.strictObject(of),
    answer: z.object({ sources: z.array(z.tuple([name, z.array(name)])) }),
    once: false,
  },
  generations: {
    args: z.strictObject(ofSource),
    answer: z.object({ generations: z.array(targetState) }),
    once: false,
  },
  'next-dataset': {
    args: z.strictObject(ofSource),
    answer: z.object({ dataset: name }),
    once: false,
  },
  create: {
    args: z.strictObject({ ...ofSource, identity }),
    answer: z.object({ dataset: name }),
    once: true,
  },
  lock: { args: z.strictObject({ ...ofSource, ...session }), answer: nothing, once: true },
  claim: { args: z.strictObject({ ...ofDataset, snapshot: name }), answer: nothing, once: true },
  settle: { args: z.strictObject(ofDataset), answer: nothing, once: true },
  guards: {
    args: z.strictObject(ofDataset),
    answer: z.object({
      guards: z.array(z.tuple([name, z.array(z.enum(['pinned', 'held', 'cloned']))])),
    }),
    once: false,
  },
  'remove-snapshots': {
    args: z.strictObject({ ...ofDataset, names: z.array(name).max(1000) }),
    answer: z.object({ kept: z.array(z.object({ name, error: errorReport })) }),
    once: true,
  },
  'begin-volume': {
    args: z.strictObject({
      ...ofDataset,
      ...session,
      /** The client's lock of the source; without one, the sink takes it for the transfer. */
      lock: id.nullable(),
      order: volumeOrder,
      ...features,
    }),
    answer: z.object({ ...windows, blockSize: z.int().min(1) }),
    once: true,
  },
  'begin-tree': {
    args: z.strictObject({
      ...ofDataset,
      ...session,
      lock: id.nullable(),
      order: treeOrder,
      ...features,
    }),
    answer: z.object({
      ...windows,
      isUntouched: z.boolean(),
      limbo: base64,
      reserved: z.array(base64),
    }),
    once: true,
  },
  /** Makes the snapshot that is the commit; `scan` is for a tree. */
  commit: {
    args: z.strictObject({ ...session, scan: scanRecord.nullable() }),
    answer: z.object({ snapshot: targetSnapshot }),
    once: true,
  },
  /** Says of locks and transfers that they are still needed. */
  keep: {
    args: z.strictObject({ sessions: z.array(id).max(1000) }),
    answer: z.object({ lost: z.array(id) }),
    once: false,
  },
  /** Gives up a lock or a transfer; one that is gone is no error. */
  close: { args: z.strictObject(session), answer: nothing, once: true },
  /** Stops a call that is under way. */
  cancel: { args: z.strictObject({ call: id }), answer: nothing, once: false },
} as const satisfies Readonly<Record<string, Call>>;

export type CallName = keyof typeof CALLS;
/** As the caller writes it. */
export type ArgsOf<Name extends CallName> = z.input<(typeof CALLS)[Name]['args']>;
/** As the callee has it, once it is checked. */
export type CheckedArgs<Name extends CallName> = z.output<(typeof CALLS)[Name]['args']>;
/** As the callee writes it. */
export type AnswerOf<Name extends CallName> = z.input<(typeof CALLS)[Name]['answer']>;
/** As the caller has it, once it is checked. */
export type CheckedAnswer<Name extends CallName> = z.output<(typeof CALLS)[Name]['answer']>;

/** What goes over the wire of a call. */
export const envelope = z.strictObject({ call: id, args: z.unknown() });

/** What comes back. */
export const outcome = z.union([
  z.object({ answer: z.unknown() }),
  z.object({ error: errorReport }),
]);

export function isCallName(text: string): text is CallName {
  return Object.hasOwn(CALLS, text);
}
