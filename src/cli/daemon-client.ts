import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Option } from 'commander';
import { findSocket } from '../config/find-socket.ts';
import { Ceph2zfsError, type ErrorReport, rebuildError } from '../core/errors.ts';
import type {
  DaemonStatus,
  ReloadResult,
  RunDetail,
  RunSummary,
  SourceHistory,
  TriggerOrder,
  TriggerResult,
} from '../http/schemas.ts';

/** An answer that takes longer than this does not come any more, in milliseconds. */
const ANSWER_MS = 30_000;

/** The daemon cannot be asked. */
export class ClientError extends Ceph2zfsError<'daemon-unreachable' | 'daemon-answer'> {}

/** Where the daemon is: what commands that talk to it are told. */
export interface DaemonAddress {
  readonly config: string;
  readonly socket?: string;
}

/** The `--socket` option, the same for all commands that talk to the daemon. */
export function socketOption(): Option {
  return new Option(
    '--socket <path>',
    'socket of the daemon; by default what the configuration says',
  ).env('CEPH2ZFS_SOCKET');
}

/** The daemon's API. What it refuses is thrown as it was told. */
export interface DaemonClient {
  status(): Promise<DaemonStatus>;
  trigger(job: string, order: TriggerOrder): Promise<TriggerResult>;
  pause(job: string): Promise<void>;
  resume(job: string): Promise<void>;
  cancelJob(job: string): Promise<void>;
  cancelRun(run: string): Promise<void>;
  reload(): Promise<ReloadResult>;
  runs(query: Readonly<Record<string, string>>): Promise<readonly RunSummary[]>;
  run(id: string): Promise<RunDetail>;
  sources(job: string | undefined): Promise<readonly SourceHistory[]>;
}

export async function connectDaemon(address: DaemonAddress): Promise<DaemonClient> {
  const socket = address.socket ?? (await findSocket(address.config));
  const call = <Result>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Result> =>
    ask(socket, method, path, body) as Promise<Result>;
  const part = encodeURIComponent;
  return {
    status: () => call('GET', '/v1/status'),
    trigger: (job, order) => call('POST', `/v1/jobs/${part(job)}/trigger`, order),
    pause: (job) => call('POST', `/v1/jobs/${part(job)}/pause`),
    resume: (job) => call('POST', `/v1/jobs/${part(job)}/resume`),
    cancelJob: (job) => call('POST', `/v1/jobs/${part(job)}/cancel`),
    cancelRun: (run) => call('POST', `/v1/runs/${part(run)}/cancel`),
    reload: () => call('POST', '/v1/reload'),
    runs: (query) => call('GET', `/v1/runs?${new URLSearchParams(query).toString()}`),
    run: (id) => call('GET', `/v1/runs/${part(id)}`),
    sources: (job) =>
      call('GET', job === undefined ? '/v1/sources' : `/v1/sources?job=${part(job)}`),
  };
}

async function ask(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const { status, answer } = await exchange(socketPath, method, path, body).catch(
    (cause: NodeJS.ErrnoException) => {
      throw unreachable(socketPath, cause);
    },
  );
  if (status === 204) return undefined;
  const value = parse(answer, socketPath);
  if (status < 400) return value;
  throw refused(value, status);
}

async function exchange(socketPath: string, method: string, path: string, body: unknown) {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    host: 'ceph2zfs',
    'content-length': Buffer.byteLength(payload),
    ...(payload === '' ? {} : { 'content-type': 'application/json' }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; answer: string }>();
  const sent = request({ socketPath, method, path, headers, timeout: ANSWER_MS }, (response) => {
    const { statusCode: status = 0 } = response;
    text(response).then((answer) => resolve({ status, answer }), reject);
  });
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
  sent.on('error', reject);
  sent.end(payload);
  return promise;
}

function parse(answer: string, socketPath: string): unknown {
  try {
    return JSON.parse(answer);
  } catch (cause) {
    throw new ClientError({
      code: 'daemon-answer',
      message: `what listens on ${socketPath} gave no answer of ceph2zfs: ${answer.slice(0, 200)}`,
      retry: 'never',
      hint: 'Name the socket of the daemon with --socket.',
      cause,
    });
  }
}

function refused(value: unknown, status: number): Error {
  const report = (value ?? {}) as Partial<ErrorReport>;
  const told = { code: 'daemon-answer', message: `status ${status}`, retry: 'never', causes: [] };
  return rebuildError({ ...told, ...report } as ErrorReport);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not run: there is no such socket',
  ECONNREFUSED: 'it does not run: nobody listens there any more',
  EACCES: 'you may not use the socket',
};

function unreachable(socketPath: string, cause: NodeJS.ErrnoException): ClientError {
  const reason = REASONS[cause.code ?? ''];
  return new ClientError({
    code: 'daemon-unreachable',
    message: `the daemon cannot be asked on ${socketPath}: ${reason ?? cause.message}`,
    retry: 'backoff',
    hint:
      cause.code === 'EACCES'
        ? 'Be root, or a member of the group that `daemon.group` names.'
        : 'Start it: `systemctl start ceph2zfs`, or `ceph2zfs daemon`.',
    ...(reason === undefined ? { cause } : {}),
  });
}
