import { z } from 'zod';
import { BandwidthOfJob } from './bandwidth.ts';
import { Checkpoint } from './checkpoint.ts';
import { choice, field, integer, size } from './field.ts';
import { FilesystemProperties } from './filesystem-properties.ts';
import { named } from './named.ts';
import { clientName, datasetName } from './names.ts';
import { tcpAddressOr } from './tcp-address.ts';
import { Tls } from './tls.ts';
import { VolumeProperties } from './volume-properties.ts';

const DEFAULT_PORT = 8470;

/** What a client may do, and where. Sizes are bytes. */
const SinkClient = z
  .strictObject({
    dataset: field(
      datasetName,
      'Dataset below which the backups of the client are kept. It sees and changes nothing else. No two clients share one, nor does a job have it as its target.',
    ),
    allow: z
      .array(field(choice(['prune']), 'Something.'))
      .readonly()
      .prefault([])
      .describe(
        'What the client may do beyond making backups: `prune` lets it remove snapshots, as the `keep.target` of its jobs says.',
      ),
    quota: field(
      size('64MiB'),
      "How much space the backups of the client may take: ZFS's `quota` of the dataset. Without it, the quota of the dataset stays what it is.",
    ).optional(),
    connections: field(
      integer(1, 1024),
      'Connections that the client may have open at once.',
    ).prefault(64),
    bandwidth: BandwidthOfJob.optional().describe(
      'Bound on what the client sends in a second, with all of its transfers together; windows are hours in which another one holds.',
    ),
    properties: z
      .strictObject({
        volumes: VolumeProperties.prefault({}),
        filesystems: FilesystemProperties.prefault({}),
      })
      .readonly()
      .prefault({})
      .describe('ZFS properties that datasets of the client are made with.'),
    checkpoint: Checkpoint,
  })
  .readonly();
export type SinkClient = z.infer<typeof SinkClient>;

/** Where clients push their backups to. */
export const Sink = z
  .strictObject({
    listen: field(
      tcpAddressOr(DEFAULT_PORT),
      `Address and port on which clients are awaited; the port is ${DEFAULT_PORT} when it is left out.`,
    ),
    tls: Tls.describe(
      'Files by which both sides know each other. A change of them is noticed within half a minute.',
    ),
    memory: field(
      size('32MiB'),
      'Bound on the buffers for data on its way to targets, of all clients together. `docs/sink-limits.md` tells what a sink needs beside them.',
    ).prefault('256MiB'),
    clients: named(clientName, SinkClient).describe(
      'Who may push, by the name (CN) in the certificate, and where to.',
    ),
  })
  .readonly();
export type Sink = z.infer<typeof Sink>;
