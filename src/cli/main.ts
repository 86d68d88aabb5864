import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { addCheckCommand } from './check.ts';
import { type CliContext, type OutputStream, writeLines } from './context.ts';
import { addControlCommands } from './control.ts';
import { addDaemonCommand } from './daemon.ts';
import { errorLines, exitCodeOf } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { addHistoryCommands } from './history.ts';
import { addListCommand } from './list.ts';
import { addPinCommands } from './pin.ts';
import { addPkiCommands } from './pki.ts';
import { addPruneCommand } from './prune.ts';
import { addRunCommand } from './run.ts';
import { addStatusCommand } from './status.ts';
import { addTestCommand } from './test.ts';

const EXAMPLES = `
Examples:
  ceph2zfs check                     check /etc/ceph2zfs/config.yaml
  ceph2zfs test vms                  show which sources the job "vms" selects, and why
  ceph2zfs run vms --dry-run         show what a run of the job "vms" would do
  ceph2zfs run vms                   back up
  ceph2zfs list 'rbd/vm-*'           list the backups of some sources
  ceph2zfs daemon                    run all jobs by their schedules
  ceph2zfs status                    what the daemon does
  ceph2zfs prune vms --dry-run       show which backups would be removed, and what keeps the others
`;

/** Runs the command that the arguments ask for; tells the exit code. */
export async function main(
  args: readonly string[],
  streams: { readonly stdout: OutputStream; readonly stderr: OutputStream },
): Promise<number> {
  let exitCode: number = EXIT_CODES.ok.code;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  for (const stream of [streams.stdout, streams.stderr]) ignoreClosedPipe(stream);
  try {
    await buildProgram({ ...streams, setExitCode }).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has told already, and ends --help and --version with an "error" of code 0.
      return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
    }
    writeLines(streams.stderr, errorLines(error));
    return exitCodeOf(error);
  }
}

/** `ceph2zfs run … | head` ends the reader, which is no reason to end the run. */
function ignoreClosedPipe(stream: OutputStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** All commands with their options. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('ceph2zfs')
    .description(packageJson.description)
    .version(packageJson.version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .addHelpText('after', EXAMPLES);
  addCheckCommand(program, context);
  addTestCommand(program, context);
  addRunCommand(program, context);
  addListCommand(program, context);
  addPruneCommand(program, context);
  addPinCommands(program, context);
  addDaemonCommand(program, context);
  addStatusCommand(program, context);
  addControlCommands(program, context);
  addHistoryCommands(program, context);
  addPkiCommands(program, context);
  return program;
}
