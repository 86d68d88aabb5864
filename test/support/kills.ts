import { mustLab } from './lab.ts';
import type { Random } from './random.ts';

/** How a run is cut off, and how often that is tried. */
const KILLS = {
  /** The command is killed; its runner sees that and ends. */
  command: 6,
  /** The process that does the work is killed. */
  runner: 10,
  /** All of the program is killed at once. */
  both: 4,
  /** A person presses Ctrl-C. */
  interrupt: 3,
  /** The ZFS side loses power. */
  zfs: 5,
} as const;
export type Kill = keyof typeof KILLS;

/** Where this program runs. */
export type Side = 'ceph' | 'zfs';

const RUNNER = 'src/runner/main[.]ts';

/** All kills in random order, each as often as it is tried, or by a part of that (rounded up). */
export function shuffledKills(random: Random, part = 1): readonly Kill[] {
  const kills = (Object.keys(KILLS) as Kill[]).flatMap((how) =>
    Array.from({ length: Math.ceil(KILLS[how] * part) }, () => how),
  );
  return kills.sort(() => random.next() - 0.5);
}

/** Cuts off the run of a job that is under way on a side, with all that the program is there. */
export async function killRun(side: Side, how: Exclude<Kill, 'zfs'>, job: string): Promise<void> {
  const command = `src/main[.]ts run ${job}`;
  if (how === 'interrupt') await pkill(side, '-INT', command);
  if (how === 'command' || how === 'both') await pkill(side, '-KILL', command);
  if (how === 'runner' || how === 'both') await pkill(side, '-KILL', RUNNER);
}

/** Only what runs in the network namespace of the shell that asks: on the Ceph side, in the lab. */
const OF_THIS_SIDE = '--ns $$ --nslist net';

async function pkill(side: Side, signal: string, pattern: string): Promise<void> {
  const script = `pkill "$1" ${OF_THIS_SIDE} -f "$2" || true`;
  await mustLab(side, 'bash', '-c', script, 'bash', signal, pattern);
}

/** A killed command's runner goes on for a moment: it has to end by itself. */
export async function nobodyRuns(side: Side): Promise<void> {
  const script = `for i in {1..300}; do pgrep ${OF_THIS_SIDE} -f "$1" >/dev/null || exit 0; sleep 0.1; done; exit 1`;
  await mustLab(side, 'bash', '-c', script, 'bash', RUNNER);
}
