import { z } from 'zod';
import { choice, field, integer } from './field.ts';
import { FilesystemProperties } from './filesystem-properties.ts';
import { datasetName } from './names.ts';
import { sinkUrl } from './sink-url.ts';
import { Tls } from './tls.ts';
import { variants } from './variants.ts';
import { VolumeProperties } from './volume-properties.ts';

const TYPE =
  'Where backups go: `zfs`, to a pool of this machine; `sink`, over the network to a sink.';

const local = {
  type: field(choice(['zfs']), TYPE),
  dataset: field(
    datasetName,
    'Dataset below which backups are kept; an image becomes `DATASET/rbd/POOL[/NAMESPACE]/IMAGE`, a directory `DATASET/cephfs/FS/PATH`.',
  ),
};

const remote = {
  type: field(choice(['sink']), TYPE),
  url: field(sinkUrl, 'Where the sink listens.'),
  tls: Tls.describe('How this side and the sink know each other. The files are read at each run.'),
  channels: field(
    integer(1, 16),
    'Connections that carry the data of one transfer, at most; as many are opened as are of use.',
  ).prefault(4),
  compress: field(
    choice(['auto', 'always', 'never']),
    'Whether data is compressed (zstd) on its way; `auto`: when it gets there faster so, by what is measured as it goes.',
  ).prefault('auto'),
};

const COMPARE = field(
  choice(['auto', 'always', 'never']),
  'Whether blocks that the diff reports are read on the target first and only those that differ are written; `auto`: when the diff reports whole objects.',
).prefault('auto');

/** Where images go: each to a volume. */
export const VolumesTarget = variants('target', ['type'], {
  zfs: z
    .strictObject({ ...local, properties: VolumeProperties.prefault({}), compare: COMPARE })
    .readonly(),
  sink: z.strictObject({ ...remote, compare: COMPARE }).readonly(),
});

/** Where directories go: each to a filesystem. */
export const FilesystemsTarget = variants('target', ['type'], {
  zfs: z.strictObject({ ...local, properties: FilesystemProperties.prefault({}) }).readonly(),
  sink: z.strictObject(remote).readonly(),
});

/** A sink that a job pushes to. */
export type SinkTarget = z.infer<z.ZodObject<typeof remote>>;
