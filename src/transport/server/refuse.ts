import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { reportError } from '../../core/errors.ts';
import { leave } from './leave.ts';

const STATUS: Readonly<Record<string, number>> = {
  'sink-certificate': 403,
  'client-unknown': 403,
  'session-lost': 404,
  'sink-busy': 503,
};

/** Answers what is no call. The connection ends with it: what else comes on it cannot be told apart. */
export function refuseRequest(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, json } = refusalOf(error);
  response.writeHead(status, headers);
  response.end(json);
  leave(request);
}

/** Answers on a connection that nobody reads as HTTP, or no longer, and writes nothing after it. */
export function refuseSocket(socket: Socket, error: unknown): void {
  if (socket.writableEnded) return;
  const { status, headers, json } = refusalOf(error);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines].join('\r\n');
  socket.end(`${head}\r\n\r\n${json}`);
}

function refusalOf(error: unknown) {
  const report = reportError(error);
  const json = JSON.stringify({ error: report });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    connection: 'close',
  };
  return { status: STATUS[report.code] ?? 400, headers, json };
}
