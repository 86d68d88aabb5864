import type { IncomingMessage, ServerResponse } from 'node:http';
import { reportError } from '../../core/errors.ts';
import { invalidMessage } from '../errors.ts';
import { CALLS, type CallName, envelope } from '../protocol/calls.ts';
import { MAX_CALL_BYTES } from '../protocol/limits.ts';
import { type CallContext, HANDLERS } from './handlers.ts';

/** Reads a call, makes it, and answers. Throws a TransportError when it is none; then nothing was answered. */
export async function answerCall(
  name: CallName,
  request: IncomingMessage,
  response: ServerResponse,
  context: Omit<CallContext, 'signal'>,
): Promise<void> {
  const { guest, limits } = context;
  const { call, args } = await readCall(request, limits.arrivalMs);
  const checked = CALLS[name].args.safeParse(args);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw invalidMessage(`${name}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const handle = HANDLERS[name] as (args: unknown, context: CallContext) => Promise<unknown>;
  const answer = guest.answers.answer(call, name, CALLS[name].once, (signal) =>
    handle(checked.data, { ...context, signal }),
  );
  await respond(response, answer, limits.heartbeatMs);
}

/** Answers when it is ready. Spaces go ahead of the JSON while it is not, so that the client sees that somebody is there. */
async function respond(
  response: ServerResponse,
  answer: Promise<unknown>,
  heartbeatMs: number,
): Promise<void> {
  const heartbeat = setInterval(() => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
    response.write(' ');
  }, heartbeatMs);
  const outcome = await answer.then(
    (value) => ({ answer: value }),
    (error: unknown) => ({ error: reportError(error) }),
  );
  clearInterval(heartbeat);
  const json = JSON.stringify(outcome);
  if (!response.headersSent) {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    };
    response.writeHead(200, headers);
  }
  response.end(json);
}

async function readCall(request: IncomingMessage, arrivalMs: number) {
  const text = await readBody(request, arrivalMs);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalidMessage('the body of a call is no JSON', cause);
  }
  const parsed = envelope.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalidMessage('the body of a call has no id, or more than id and arguments');
}

/** The whole body, which must come in time and be no longer than a call may be. */
async function readBody(request: IncomingMessage, arrivalMs: number): Promise<string> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(invalidMessage(`a call took more than ${arrivalMs} ms to arrive`)),
    arrivalMs,
  );
  try {
    return await Promise.race([late.promise, readWhole(request)]);
  } finally {
    clearTimeout(timer);
  }
}

async function readWhole(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > MAX_CALL_BYTES)
      throw invalidMessage(`a call has more than ${MAX_CALL_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
