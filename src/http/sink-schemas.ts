import { z } from '@hono/zod-openapi';

// What the API tells of a sink. Times are milliseconds since 1970, sizes are bytes.

const SinkClient = z
  .object({
    name: z.string(),
    dataset: z.string(),
    connections: z.number(),
    sessions: z.number().describe('Locks and transfers that it has open.'),
    bytesReceived: z.number().describe('For transfers, since the sink was started.'),
  })
  .readonly()
  .openapi('SinkClient');

const SinkTransfer = z
  .object({
    client: z.string(),
    session: z.string(),
    kind: z.enum(['rbd', 'cephfs']),
    source: z.string(),
    dataset: z.string(),
    address: z
      .string()
      .nullable()
      .describe('From where its requests came last; null before the first of them.'),
    since: z.number().describe('Milliseconds since 1970.'),
    bytesReceived: z.number(),
    bytesWritten: z.number(),
    bytesPerSecond: z
      .number()
      .nullable()
      .describe('Received, over the last ten seconds; null while there is too little to tell.'),
    requests: z.number().describe('That are worked at, or wait for that.'),
    waitsFor: z
      .enum(['source', 'network', 'target'])
      .describe(
        'What it waited for most in the last second: that the client asks for something, that data arrives, or that the target has done its work.',
      ),
  })
  .readonly()
  .openapi('SinkTransfer');

const RefusedConnections = z
  .object({
    handshake: z.number().describe('No TLS connection came of them.'),
    certificate: z.number().describe('The certificate is not accepted.'),
    client: z.number().describe('The name in the certificate is no client.'),
    busy: z.number().describe('There were as many as there may be.'),
  })
  .readonly()
  .openapi('RefusedConnections');

export const SinkStatus = z
  .object({
    state: z
      .enum(['starting', 'listening', 'ending', 'down'])
      .describe('`down`: its process has ended, and is started again by itself.'),
    listen: z.string().describe('Address and port.'),
    pid: z.number().nullable(),
    startedAt: z.number().nullable().describe('Milliseconds since 1970.'),
    restarts: z.number().describe('How often its process was started again.'),
    clients: z.array(SinkClient).readonly(),
    transfers: z.array(SinkTransfer).readonly(),
    refused: RefusedConnections.describe('Connections that were not let in, since it was started.'),
  })
  .readonly()
  .openapi('SinkStatus');
export type SinkStatus = z.infer<typeof SinkStatus>;
