import type { Ping, Webhook } from '../../config/notify.ts';
import { DaemonError } from '../errors.ts';
import type { Message } from './message.ts';
import { readHeaders } from './secret-file.ts';

/** Longest beginning of an error that a ping has with it, in characters. */
const PING_BODY = 2000;

export async function sendWebhook(
  { url, headers_file: file }: Webhook,
  { occasion, job, at, title, text }: Message,
  signal: AbortSignal,
): Promise<void> {
  const headers = file === undefined ? new Headers() : await readHeaders(file);
  headers.set('content-type', 'application/json');
  const body = JSON.stringify({ event: occasion, job, at, title, text });
  await request(url, { method: 'POST', headers, body, signal });
}

/** `failure`: what went wrong; null when the run succeeded. */
export async function sendPing(
  { url }: Ping,
  failure: readonly string[] | null,
  signal: AbortSignal,
): Promise<void> {
  if (failure === null) return request(url, { method: 'GET', signal });
  const failed = new URL(url);
  failed.pathname = `${failed.pathname.replace(/\/$/, '')}/fail`;
  const body = failure.join('\n').slice(0, PING_BODY);
  return request(failed.href, { method: 'POST', body, signal });
}

/** Whatever goes wrong, only the host is named: a token may be in the rest of the URL. */
async function request(url: string, init: RequestInit): Promise<void> {
  const { host } = new URL(url);
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: 'manual' });
    await response.body?.cancel();
  } catch (error) {
    throw new DaemonError('notify-failed', `${host} cannot be told: ${reasonOf(error)}`);
  }
  if (response.ok) return;
  throw new DaemonError('notify-failed', `${host} cannot be told: it answers ${response.status}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code ?? 'the connection failed';
}
