import { z } from 'zod';
import { run, tool } from './commands.ts';
import { CONFIG } from './names.ts';

const Backups = z.tuple([
  z.object({
    snapshots: z.array(
      z.object({ name: z.string(), base: z.string().nullable(), written: z.number() }),
    ),
  }),
]);

/** The demo's backups as `ceph2zfs list --json` tells them, oldest first. */
export async function listBackups() {
  const [{ snapshots }] = Backups.parse(
    JSON.parse(await run(...tool('list', '--json', '--config', CONFIG))),
  );
  return snapshots;
}
