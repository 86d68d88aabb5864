import { execa } from 'execa';
import type { RunEvent } from '../../src/core/events.ts';
import { type JsonRun, LAB, onZfs } from './lab.ts';

/** A run of the real program whose working process was stopped while it copies. */
export interface HeldRun {
  /** Sends a signal to the command, as a terminal or systemd does. */
  signal(name: 'INT' | 'TERM'): Promise<void>;
  /** Lets it go on, and tells how it ended. */
  goOn(): Promise<JsonRun>;
}

/**
 * Runs a job until it copies, and stops it there: what a test then does happens in the middle of
 * the copying, however quick or slow the machine is. The image must be worth some seconds.
 */
export async function holdWhileCopying(job: string, config: string): Promise<HeldRun> {
  const { child, events, pid } = await startRun(job, config);
  await untilCopying(events, child);
  await onZfs('pkill', '-STOP', '-P', await pid);
  if (events.some((event) => event.type === 'transfer-phase' && event.phase === 'committing')) {
    throw new Error('the run was done copying before it could be stopped');
  }
  return {
    async signal(name) {
      await onZfs('kill', `-${name}`, await pid);
    },
    async goOn() {
      await onZfs('pkill', '-CONT', '-P', await pid);
      const { exitCode = 255, stdout, stderr } = await child;
      return { exitCode, stdout, stderr, events };
    },
  };
}

async function startRun(job: string, config: string) {
  const script = 'echo $$; exec node src/main.ts run "$@" --json';
  const command = ['zfs', 'bash', '-c', script, 'run', job, '--config', config];
  const child = execa(LAB, command, { reject: false, stdin: 'ignore' });
  const events: RunEvent[] = [];
  const { promise: pid, resolve } = Promise.withResolvers<string>();
  void (async () => {
    for await (const line of child) {
      if (line.startsWith('{')) events.push(JSON.parse(line) as RunEvent);
      else resolve(line);
    }
  })();
  return { child, events, pid };
}

async function untilCopying(
  events: readonly RunEvent[],
  child: Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<true>();
  void child.then(() => resolve(true));
  while (!events.some(({ type }) => type === 'transfer-progress')) {
    const poll = new Promise<false>((next) => setTimeout(next, 20, false));
    if (!(await Promise.race([ended, poll]))) continue;
    const { stdout, stderr } = await child;
    throw new Error(`the run ended before it copied:\n${stdout}\n${stderr}`);
  }
}
