import { z } from 'zod';
import { duration, field, integer, text } from './field.ts';
import { DEFAULT_SOCKET } from './find-socket.ts';
import { absolutePath } from './names.ts';
import { tcpAddress } from './tcp-address.ts';

/** Longest path of a socket that Linux takes, in bytes, with its end. */
const SOCKET_PATH_BYTES = 108;

const socketPath = text(
  'path',
  `an absolute path of fewer than ${SOCKET_PATH_BYTES} bytes`,
  (value) => {
    if (!value.startsWith('/')) return `"${value}" does not begin with "/"`;
    const bytes = Buffer.byteLength(value);
    return bytes < SOCKET_PATH_BYTES ? null : `has ${bytes} bytes`;
  },
);

const groupName = text('name', 'the name of a group of this machine', (value) =>
  /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(value)
    ? null
    : `${JSON.stringify(value)} cannot be the name of a group`,
);

/** The daemon that runs all jobs. Durations are milliseconds. */
export const Daemon = z
  .strictObject({
    socket: field(
      socketPath,
      'Unix socket on which the daemon is controlled. Its directory must belong to root.',
    ).prefault(DEFAULT_SOCKET),
    group: field(
      groupName,
      'Group whose members may control the daemon, as root may; by default nobody else.',
    ).optional(),
    state: field(
      absolutePath,
      'Directory with the history of runs, and with what must survive a restart: when each job was due last, and which are paused.',
    ).prefault('/var/lib/ceph2zfs'),
    runs: field(integer(1, 1000), 'Runs that go on at a time, of all jobs.').prefault(2),
    drain: field(
      duration('0s', '1d'),
      'How long the daemon waits for runs that go on before it ends; then they are cancelled, and continue when it is started again.',
    ).prefault('30s'),
    metrics: z
      .strictObject({
        listen: field(
          tcpAddress,
          'Address and port on which `/metrics` is served, without encryption and to everybody who can reach it.',
        ),
      })
      .readonly()
      .optional()
      .describe(
        'Metrics for Prometheus over TCP; by default they are on the socket only, and nothing listens on a network.',
      ),
    history: field(duration('1d'), 'How long ended runs stay in the history.').prefault('400d'),
  })
  .readonly()
  .prefault({})
  .describe('The daemon, `ceph2zfs daemon`.');
export type Daemon = z.infer<typeof Daemon>;
