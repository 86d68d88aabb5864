import type { Command } from 'commander';
import type { Daemon } from '../daemon/daemon.ts';
import { type CliContext, configOption } from './context.ts';
import { createLog } from './render/daemon-log.ts';
import { onStopSignals } from './signals.ts';

const EXAMPLES = `
Examples:
  ceph2zfs daemon                    run all jobs by their schedules, until SIGTERM
  systemctl reload ceph2zfs          (SIGHUP) read the configuration again
  ceph2zfs status                    what it does
`;

export function addDaemonCommand(program: Command, context: CliContext): void {
  program
    .command('daemon')
    .description('run all jobs by their schedules, until it is stopped')
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async ({ config }: { config: string }) => {
      const log = createLog(context, process.env);
      // It is much to load, and no other command needs it.
      const { startDaemon } = await import('../daemon/daemon.ts');
      const daemon = await startDaemon({ config, onEvent: log.event, log: log.text });
      await untilStopped(daemon, log.text);
      log.text('info', 'ended');
    });
}

/** SIGTERM and SIGINT stop the daemon, the second one at once; SIGHUP reads the configuration again. */
async function untilStopped(daemon: Daemon, log: (level: 'info', text: string) => void) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // A refused configuration is told in the log and in the status.
  const reload = (): void => void daemon.reload().catch(() => undefined);
  process.on('SIGHUP', reload);
  using _signals = onStopSignals((signal, count) => {
    log('info', count === 1 ? `${signal}: waiting for runs that go on` : `${signal}: cancelling`);
    if (count === 1) daemon.stop().then(resolve, reject);
    else daemon.hurry();
  });
  try {
    await promise;
  } finally {
    process.off('SIGHUP', reload);
  }
}
