import { run } from './commands.ts';
import { IMAGE } from './names.ts';
import { say, showCommand } from './show.ts';

/** Hash of a snapshot of the image, as Ceph's own tool exports it. */
export function sourceHash(snapshot: string): Promise<string> {
  const script = `rbd export --no-progress ${IMAGE}@${snapshot} - | sha256sum`;
  return hashOf('lab/lab', 'ceph', 'bash', '-o', 'pipefail', '-c', script);
}

/** Hash of a snapshot on the ZFS side, read through the device of its open clone. */
export function targetHash(clone: string): Promise<string> {
  return hashOf('lab/lab', 'zfs', 'sha256sum', `/dev/zvol/${clone}`);
}

async function hashOf(...command: readonly string[]): Promise<string> {
  showCommand(command);
  const [hash = ''] = (await run(...command)).split(' ');
  say(hash);
  return hash;
}
