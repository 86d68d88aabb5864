import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { RUNNER_FLAGS, runnerEnvironment } from '../src/runner/environment.ts';
import { type Contestant, compete } from './measure.ts';
import { environment, table } from './report.ts';

/** What the benchmarks share: the lab that they run on, and where their results go. */
export const ROOT = 'c2zlab/bench';
export const ROUNDS = Number(flag('--rounds') ?? 5);

const LAB = fileURLToPath(new URL('../lab/lab', import.meta.url));
const RESULTS = fileURLToPath(new URL('./results/', import.meta.url));

/** Node, with what the process of a run is given. */
export const runner = (type: 'rbd' | 'cephfs', transfers = 1): readonly string[] => {
  const variables = Object.entries(runnerEnvironment(type, transfers)).map((pair) =>
    pair.join('='),
  );
  return ['env', ...variables, 'node', ...RUNNER_FLAGS];
};

export function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Runs a command of the lab. */
export async function lab(...args: readonly string[]): Promise<string> {
  return (await execa(LAB, args, { stdin: 'ignore' })).stdout;
}

export const ceph = (...command: readonly string[]): readonly string[] => [LAB, 'ceph', ...command];
export const zfs = (...command: readonly string[]): readonly string[] => [LAB, 'zfs', ...command];
const tool = (...args: readonly string[]): readonly string[] => zfs('node', 'src/main.ts', ...args);

/** Where a result or a configuration is kept. */
export async function resultPath(name: string): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  return `${RESULTS}${name}`;
}

/** The command that runs a job with these `source` and `target`, and one further key, as YAML in one line each. */
export async function runOf(
  name: string,
  source: string,
  target = '',
  more = '',
): Promise<readonly string[]> {
  const path = await resultPath(`${name}.yaml`);
  const job = `  - name: ${name}\n    source: { ${source} }\n    target: { type: zfs, dataset: ${ROOT}${target} }\n${more === '' ? '' : `    ${more}\n`}`;
  await writeFile(path, `jobs:\n${job}`);
  return tool('run', name, '--json', '--config', path);
}

export async function execute(command: readonly string[]): Promise<string> {
  return (await execa(command[0] ?? '', command.slice(1), { stdin: 'ignore' })).stdout;
}

export async function emptyTarget(): Promise<void> {
  await lab(
    'zfs',
    'bash',
    '-c',
    `udevadm settle; zfs destroy -R ${ROOT} 2>/dev/null; zfs create -o compression=lz4 ${ROOT} && zpool sync`,
  );
}

/** Lets contestants compete, and writes what came of it. */
export async function part(
  name: string,
  contestants: readonly Contestant[],
  rounds = ROUNDS,
): Promise<void> {
  process.stderr.write(`== ${name}\n`);
  const results = await compete(contestants, rounds);
  await writeFile(await resultPath(`${name}.json`), JSON.stringify(results, null, 2));
  await report(name, table(results));
}

/** Writes a table as Markdown, below what machine it was. */
export async function report(name: string, markdown: string): Promise<void> {
  const text = `${environment()}\n\n${markdown}\n`;
  await writeFile(await resultPath(`${name}.md`), text);
  process.stdout.write(`\n## ${name}\n\n${text}`);
}

/** Runs the parts that were asked for on the command line, or all. */
export async function runParts(
  parts: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  const asked = process.argv.slice(2).filter((word) => word in parts);
  for (const name of asked.length > 0 ? asked : Object.keys(parts)) await parts[name]?.();
}
