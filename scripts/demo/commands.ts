import { fileURLToPath } from 'node:url';
import { ExecaError, execa, type Options } from 'execa';
import { DemoError, say, showCommand } from './show.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

/** Programs that work on filesystems lie in directories that a user's PATH may leave out. */
const env = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };

/** Runs a command in the checkout and gives its output; one that fails ends the demo. */
export async function run(...command: readonly string[]): Promise<string> {
  return (await start(command, { stdin: 'ignore' })) ?? '';
}

/** As {@link run}, with the command shown before its output. */
export async function runShown(...command: readonly string[]): Promise<string> {
  showCommand(command);
  const output = await run(...command);
  if (output !== '') say(output);
  return output;
}

/** Shows the command and lets it have the terminal, if there is one. */
export async function runHere(...command: readonly string[]): Promise<void> {
  showCommand(command);
  const stdin = process.stdin.isTTY ? 'inherit' : 'ignore';
  await start(command, { stdin, stdout: 'inherit', stderr: 'inherit' });
}

/** Runs a command that may fail; whether it did not. */
export async function succeeds(...command: readonly string[]): Promise<boolean> {
  const [file = '', ...args] = command;
  return !(await execa(file, args, { cwd: CHECKOUT, env, stdin: 'ignore', reject: false })).failed;
}

async function start(command: readonly string[], options: Options): Promise<string | undefined> {
  const [file = '', ...args] = command;
  try {
    const { stdout } = await execa(file, args, { cwd: CHECKOUT, env, ...options });
    return typeof stdout === 'string' ? stdout : undefined;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') throw new DemoError(`the command ${file} is not there`);
    // What a Ctrl-C ends is not a failure of the demo.
    if (error.exitCode === 130) throw new DemoError('it was interrupted', 130);
    throw new DemoError(error.message);
  }
}

/** Starts a command that goes on; resolves at its end, whatever that is. */
export async function startInBackground(...command: readonly string[]): Promise<void> {
  showCommand(command);
  const [file = '', ...args] = command;
  await execa(file, args, { cwd: CHECKOUT, env, stdio: 'ignore', reject: false });
}

/** The tool itself, where Ceph is and no ZFS. */
export function toolNearCeph(...args: readonly string[]): readonly string[] {
  return ['lab/lab', 'ceph', 'node', 'src/main.ts', ...args];
}

/** The tool itself, where a job with a local target belongs. */
export function tool(...args: readonly string[]): readonly string[] {
  return ['lab/lab', 'zfs', 'node', 'src/main.ts', ...args];
}
