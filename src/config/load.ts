import { createReadStream } from 'node:fs';
import { readFailure } from '../lib/read-failure.ts';
import { invalid, parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import type { Config } from './schema.ts';

/** Far more than thousands of jobs need; a bound so that a wrong path does not fill the memory. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Reads and checks a configuration file; fails with a {@link ConfigError}. */
export async function loadConfig(file: string): Promise<Config> {
  const bytes = await readBounded(file);
  const problem = (message: string) =>
    invalid(file, [{ file, line: 1, column: 1, path: '', message }]);
  if (bytes.length > MAX_FILE_BYTES) throw problem('larger than 1 MiB: not a configuration file');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem('not UTF-8 text');
  }
  return parseConfig(text, file);
}

async function readBounded(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    // `end` is inclusive: one byte more than allowed, to tell that there is more.
    for await (const chunk of createReadStream(file, { end: MAX_FILE_BYTES })) {
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    const reason = readFailure(cause);
    throw new ConfigError(
      'config-unreadable',
      `cannot read the configuration ${file}${reason === null ? '' : `: ${reason}`}`,
      [],
      {
        hint: 'Name the file with --config FILE or in the environment variable CEPH2ZFS_CONFIG.',
        ...(reason === null ? { cause } : {}),
      },
    );
  }
  return Buffer.concat(chunks);
}
