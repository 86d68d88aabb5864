import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { invalidMessage } from '../errors.ts';
import { CALLS, type CallName } from '../protocol/calls.ts';
import { type CallContext, HANDLERS } from './handlers.ts';
import { isShortCall, readCall } from './read-call.ts';

/** Calls whose answers grow with what the client has at the sink. */
const LONG_ANSWERS: ReadonlySet<CallName> = new Set([
  'sources',
  'generations',
  'guards',
  'remove-snapshots',
]);

/**
 * Reads a call, makes it, and answers. Throws a TransportError when it is none; then nothing was answered. Of calls that
 * are long, or have long answers, a client has few at a time: the others wait, and are not read meanwhile.
 */
export async function answerCall(
  name: CallName,
  request: IncomingMessage,
  response: ServerResponse,
  context: Omit<CallContext, 'signal'>,
): Promise<void> {
  const { guest, limits } = context;
  using held = new DisposableStack();
  if (LONG_ANSWERS.has(name) || !isShortCall(request)) {
    const turn = guest.longCalls.take(1, closeSignal(response));
    held.defer(await beating(response, limits.heartbeatMs, turn));
  }
  const { call, args } = await readCall(request, limits.arrivalMs);
  const checked = CALLS[name].args.safeParse(args);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw invalidMessage(`${name}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const handle = HANDLERS[name] as (args: unknown, context: CallContext) => Promise<unknown>;
  const answer = guest.answers.answer(
    { id: call, name, keep: CALLS[name].once, instance: context.instance },
    (signal) => handle(checked.data, { ...context, signal }),
  );
  await send(response, await beating(response, limits.heartbeatMs, answer), limits.silentMs);
}

/** Waits for something. Spaces go ahead of the JSON meanwhile, so that the client sees that somebody is there. */
async function beating<T>(
  response: ServerResponse,
  heartbeatMs: number,
  work: Promise<T>,
): Promise<T> {
  const heartbeat = setInterval(() => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
    response.write(' ');
  }, heartbeatMs);
  try {
    return await work;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Resolves when the answer is gone from memory, which is when it was sent, or the client has not read on for too long. */
async function send(response: ServerResponse, json: string, silentMs: number): Promise<void> {
  if (!response.headersSent) {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    };
    response.writeHead(200, headers);
  }
  response.setTimeout(silentMs, () => response.destroy());
  response.end(json);
  // A client that is gone asks again.
  await finished(response).catch(() => undefined);
}

function closeSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort(new Error('the client is gone')));
  return controller.signal;
}
