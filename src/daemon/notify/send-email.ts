import { createTransport } from 'nodemailer';
import type { Email } from '../../config/notify.ts';
import { DaemonError } from '../errors.ts';
import type { Message } from './message.ts';
import { readSecret } from './secret-file.ts';

/** How long the server may say nothing, in milliseconds. */
const SILENCE_MS = 30_000;

/**
 * Of what goes wrong only the host and a code are told, and what this side says of the connection and the server's
 * certificate: an answer of the server may repeat what it was sent.
 */
export async function sendEmail(
  { smtp, from, to }: Email,
  { title, text, at }: Message,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, tls, user, password_file: file } = smtp;
  const auth =
    user === undefined || file === undefined
      ? {}
      : { auth: { user, pass: await readSecret(file) } };
  const transport = createTransport({
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    // So that a connection does not outlive for long what gave it up.
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...auth,
  });
  try {
    const mail = { from, to: [...to], subject: title, text, date: new Date(at) };
    await Promise.race([transport.sendMail(mail), aborted(signal)]);
  } catch (error) {
    throw new DaemonError('notify-failed', `${host} cannot be told: ${reasonOf(error)}`);
  } finally {
    transport.close();
  }
}

function reasonOf(error: unknown): string {
  const { code = 'unknown', responseCode } = error as {
    readonly code?: string;
    readonly responseCode?: number;
  };
  if (responseCode !== undefined) return `${code}, it answers ${responseCode}`;
  // What follows is advice for programmers.
  return code === 'ESOCKET' && error instanceof Error ? error.message.replace(/;.*/s, '') : code;
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const error = Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  if (signal.aborted) reject(error);
  signal.addEventListener('abort', () => reject(error), { once: true });
  return promise;
}
