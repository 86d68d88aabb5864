import type { SinkTarget } from '../config/target.ts';
import type { ListedDataset } from '../core/backup-list.ts';
import { listBackups } from '../target/zfs/list.ts';
import { listRemote } from '../transport/client/sink.ts';
import { sinkOptions } from './sink-options.ts';

/** Of a target, what says where it is. */
export type ListedTarget = SinkTarget | { readonly type: 'zfs'; readonly dataset: string };

/** All backups that a target has, also those of other jobs: by the name of the dataset, the oldest snapshot first. */
export async function listTarget(
  target: ListedTarget,
  signal: AbortSignal,
): Promise<readonly ListedDataset[]> {
  return target.type === 'sink'
    ? listRemote(await sinkOptions(target), signal)
    : listBackups(target.dataset, signal);
}
