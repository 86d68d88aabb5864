import type { Job } from '../config/schema.ts';
import type { ListedDataset } from '../core/backup-list.ts';
import { listBackups } from '../target/zfs/list.ts';
import { listRemote } from '../transport/client/sink.ts';
import { sinkOptions } from './sink-options.ts';

/** All backups that a job's target has, also those of other jobs: by the name of the dataset, the oldest snapshot first. */
export async function listTarget(
  target: Job['target'],
  signal: AbortSignal,
): Promise<readonly ListedDataset[]> {
  return target.type === 'sink'
    ? listRemote(await sinkOptions(target), signal)
    : listBackups(target.dataset, signal);
}
