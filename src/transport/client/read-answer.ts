import type { IncomingMessage } from 'node:http';
import { type Ceph2zfsError, type ErrorReport, rebuildError } from '../../core/errors.ts';
import { ByteReader } from '../byte-reader.ts';
import { TransportError } from '../errors.ts';
import { outcome } from '../protocol/calls.ts';
import { MAX_ANSWER_BYTES } from '../protocol/limits.ts';

/** What the sink at `host` answers, not checked yet. Throws what it refuses in its own words. */
export async function readAnswer(
  response: IncomingMessage,
  host: string,
  silentMs: number,
): Promise<unknown> {
  const text = await readText(response, silentMs);
  const parsed = outcome.safeParse(parseJson(text));
  if (!parsed.success) throw strangeAnswer(text);
  if ('error' in parsed.data) throw refusal(parsed.data.error, host);
  return parsed.data.answer;
}

/** An error as the sink at `host` tells it: whole, and with who says so, since its hint is about that machine. */
export function refusal({ causes, ...report }: ErrorReport, host: string): Ceph2zfsError {
  return rebuildError({ ...report, causes: [...causes, `so says the sink at ${host}`] });
}

/** The error for an answer that no sink gives. */
export function strangeAnswer(text: string, cause?: unknown): TransportError {
  return new TransportError({
    code: 'sink-answer',
    message: `what answers is no sink of ceph2zfs, or one that says what this side does not know: ${text.slice(0, 200)}`,
    retry: 'never',
    hint: 'Compare `target.url` with where the sink listens, and the versions of both sides.',
    cause,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw strangeAnswer(text, cause);
  }
}

async function readText(response: IncomingMessage, silentMs: number): Promise<string> {
  const reader = new ByteReader(response, { silentMs });
  try {
    const bytes = await reader.rest(MAX_ANSWER_BYTES);
    if (bytes === null) throw strangeAnswer('it does not end');
    return bytes.toString('utf8').trim();
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    reader.close();
  }
}
