import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { invalidMessage } from '../errors.ts';
import { envelope } from '../protocol/calls.ts';
import { MAX_CALL_BYTES } from '../protocol/limits.ts';

/** A call that says that it has no more bytes needs no place among the long ones. */
const SHORT_CALL_BYTES = 16 * 1024;

export function isShortCall({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length !== undefined && Number(length) <= SHORT_CALL_BYTES;
}

/** The call that a request brings, which must come in time. Throws a TransportError when it is none. */
export async function readCall(
  request: IncomingMessage,
  arrivalMs: number,
): Promise<z.output<typeof envelope>> {
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
