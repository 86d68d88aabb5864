import { ExecaError, execa } from 'execa';
import { commandError, ZfsError } from './errors.ts';

/** Runs `zfs`; a failure throws a {@link ZfsError} with the tool's own words in full. */
export async function zfs(args: readonly string[], signal: AbortSignal): Promise<string> {
  return run('zfs', args, signal);
}

/** As {@link zfs}. */
export async function zpool(args: readonly string[], signal: AbortSignal): Promise<string> {
  return run('zpool', args, signal);
}

/** The only place that starts these tools. Arguments go as an array, never through a shell. */
async function run(tool: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const command = [tool, ...args];
  try {
    const result = await execa(tool, args, {
      cancelSignal: signal,
      env: { LC_ALL: 'C' },
      stdin: 'ignore',
      maxBuffer: 256 * 1024 * 1024,
    });
    return result.stdout;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new ZfsError({
        code: 'zfs-missing',
        message: `the command \`${tool}\` is not on this machine`,
        retry: 'never',
        hint: 'Install OpenZFS (Debian: zfsutils-linux) or run this job where the pool is.',
        cause: error,
      });
    }
    throw commandError(command, {
      stderr: error.stderr ?? '',
      ending: endingOf(error),
      cause: undefined,
    });
  }
}

function endingOf(error: ExecaError): string {
  if (error.signal !== undefined) return `was killed by ${error.signal}`;
  if (error.exitCode !== undefined) return `failed with exit status ${error.exitCode}`;
  return `could not be run (${error.shortMessage})`;
}

/** Rows and columns of a command's `-H` output. */
export function rowsOf(output: string): string[][] {
  return output === '' ? [] : output.split('\n').map((line) => line.split('\t'));
}

/** Waits for every setting at once: `zfs set a=1 b=2 DATASET`. */
export async function setProperties(
  dataset: string,
  properties: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const pairs = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  await zfs(['set', ...pairs, dataset], signal);
}

/** Makes a snapshot together with its properties, in one atomic step. */
export async function takeSnapshot(
  dataset: string,
  name: string,
  properties: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const options = Object.entries(properties).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await zfs(['snapshot', ...options, `${dataset}@${name}`], signal);
}
