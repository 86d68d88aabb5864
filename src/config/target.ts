import { z } from 'zod';
import { choice, field } from './field.ts';
import { FilesystemProperties } from './filesystem-properties.ts';
import { datasetName } from './names.ts';
import { VolumeProperties } from './volume-properties.ts';

const place = {
  type: field(choice(['zfs']), 'Where backups go.'),
  dataset: field(
    datasetName,
    'Dataset below which backups are kept; an image becomes `DATASET/rbd/POOL[/NAMESPACE]/IMAGE`, a directory `DATASET/cephfs/FS/PATH`.',
  ),
};

/** Where images go: each to a volume. */
export const VolumesTarget = z
  .strictObject({
    ...place,
    properties: VolumeProperties.prefault({}),
    compare: field(
      choice(['auto', 'always', 'never']),
      'Whether blocks that the diff reports are read on the target first and only those that differ are written; `auto`: when the diff reports whole objects.',
    ).prefault('auto'),
  })
  .readonly();

/** Where directories go: each to a filesystem. */
export const FilesystemsTarget = z
  .strictObject({ ...place, properties: FilesystemProperties.prefault({}) })
  .readonly();
