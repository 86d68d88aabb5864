import type { Writable } from 'node:stream';
import { Option } from 'commander';

/** Where output goes: a terminal has columns and rows. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** What commands have of the world around them. */
export interface CliContext {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Says how the program ends, unless an error says it. */
  setExitCode(code: number): void;
}

export const DEFAULT_CONFIG_FILE = '/etc/ceph2zfs/config.yaml';

/** The `--config` option, the same for all commands. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file')
    .env('CEPH2ZFS_CONFIG')
    .default(DEFAULT_CONFIG_FILE);
}

export function writeLines(stream: OutputStream, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
}
