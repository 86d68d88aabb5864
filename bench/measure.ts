import { readFileSync } from 'node:fs';
import { execa } from 'execa';

/** What one command took. CPU is that of the command and all of its children. */
export interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** CPU of the whole machine meanwhile: Ceph's daemons and a guest are not the command's children. */
  readonly machineCpuSeconds: number;
  /** The last line of its output, if it is JSON: what the command says of itself. */
  readonly told: Readonly<Record<string, number>>;
}

/** Runs a command with bash's own clock around it; a failure throws with all that it said. */
export async function measure(command: readonly string[]): Promise<Measured> {
  const script = 'TIMEFORMAT="clock %3R %3U %3S"; time "$@"';
  const before = machineCpuSeconds();
  const result = await execa('bash', ['-c', script, 'bench', ...command], { stdin: 'ignore' });
  const machine = machineCpuSeconds() - before;
  const clock = /clock ([\d.]+) ([\d.]+) ([\d.]+)/.exec(result.stderr);
  if (clock === null) throw new Error(`no times in ${result.stderr}`);
  const [seconds = 0, user = 0, system = 0] = clock.slice(1).map(Number);
  const told = toldBy(result.stdout);
  return { seconds, cpuSeconds: user + system, machineCpuSeconds: machine, told };
}

/** Time that all processors were busy since the start of the machine (a tick is 10 ms). */
function machineCpuSeconds(): number {
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks.map(Number);
  return (user + nice + system + irq + softirq) / 100;
}

function toldBy(output: string): Readonly<Record<string, number>> {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? (JSON.parse(last) as Record<string, number>) : {};
}

/** One thing to be measured. */
export interface Contestant {
  readonly name: string;
  /** Undoes what the last round left; not measured. */
  readonly prepare?: () => Promise<unknown>;
  readonly command: readonly string[];
  /** Bytes that it deals with, for throughput. */
  readonly bytes?: number;
}

export interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly machineCpuSeconds: number;
  /** MiB/s; 0 when no bytes are counted. */
  readonly throughput: number;
  readonly rounds: readonly Measured[];
}

/** Takes a measurement of each of several, one after the other, `rounds` times; gives those of each. */
export async function interleave<Of, Taken>(
  all: readonly Of[],
  rounds: number,
  take: (one: Of) => Promise<Taken>,
): Promise<ReadonlyMap<Of, readonly Taken[]>> {
  const taken = new Map<Of, Taken[]>(all.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round in another order, so that none always profits from its predecessor.
    const first = round % all.length;
    for (const one of [...all.slice(first), ...all.slice(0, first)]) {
      taken.get(one)?.push(await take(one));
    }
  }
  return taken;
}

/** Lets all contestants run one after the other, `rounds` times, and takes the medians. */
export async function compete(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<readonly Result[]> {
  const taken = await interleave(contestants, rounds, async ({ name, prepare, command }) => {
    await prepare?.();
    const measured = await measure(command);
    process.stderr.write(`${name}: ${measured.seconds} s\n`);
    return measured;
  });
  return contestants.map((contestant) => {
    const { name, bytes = 0 } = contestant;
    const all = taken.get(contestant) ?? [];
    const seconds = median(all.map((one) => one.seconds));
    return {
      name,
      seconds,
      cpuSeconds: median(all.map((one) => one.cpuSeconds)),
      machineCpuSeconds: median(all.map((one) => one.machineCpuSeconds)),
      throughput: seconds === 0 ? 0 : bytes / seconds / 1024 ** 2,
      rounds: all,
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
