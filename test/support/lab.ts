import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { RunEvent } from '../../src/core/events.ts';

/** The lab's pool; every test makes a dataset of its own in it. */
export const POOL = 'c2zlab';

/** The ZFS side, as the other one sees it. */
export const GUEST_ADDRESS = '10.77.0.2';

export const LAB = fileURLToPath(new URL('../../lab/lab', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the lab and tells how it ended. */
async function lab(args: readonly string[]): Promise<Ended> {
  const result = await execa(LAB, args, {
    reject: false,
    stdin: 'ignore',
    maxBuffer: 256 * 1024 * 1024,
  });
  const { stdout, stderr, exitCode } = result;
  return { stdout, stderr, exitCode: exitCode ?? 255 };
}

/** As {@link lab}, but a failure throws, with all that the command said. */
export async function mustLab(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await lab(args);
  if (exitCode === 0) return stdout;
  throw new Error(`lab ${args.join(' ')}: exit status ${exitCode}\n${stdout}\n${stderr}`);
}

export const onCeph = (...args: readonly string[]): Promise<string> => mustLab('ceph', ...args);
export const onZfs = (...args: readonly string[]): Promise<string> => mustLab('zfs', ...args);

/** Runs this program on the ZFS side, where a local job belongs. */
export function ceph2zfs(...args: readonly string[]): Promise<Ended> {
  return lab(['zfs', 'node', 'src/main.ts', ...args]);
}

/** Runs this program where the cluster is, as a machine does that pushes. */
export function ceph2zfsOnCeph(...args: readonly string[]): Promise<Ended> {
  return lab(['ceph', 'node', 'src/main.ts', ...args]);
}

export interface JobSettings {
  readonly name: string;
  /** Left out where `source` says what is backed up. */
  readonly select?: readonly string[];
  /** Where on the ZFS side the backups go; or, as YAML lines of `target`, how to reach it elsewhere. */
  readonly dataset: string | { readonly target: string };
  /** Further keys, as YAML lines of the job's own level. */
  readonly more?: string;
  /** Further keys of `source`, as YAML lines. */
  readonly source?: string;
  /** Further keys of `target`, as YAML lines. */
  readonly target?: string;
}

function indent(text: string | undefined, spaces: number): string {
  if (text === undefined) return '';
  return `${text.trimEnd().replaceAll(/^/gm, ' '.repeat(spaces))}\n`;
}

/** Writes a configuration for images that both sides can read, and gives its path. */
export function writeConfig(job: JobSettings): Promise<string> {
  return writeJob('rbd', job);
}

/** As {@link writeConfig}, for directories of the lab's CephFS. */
export function writeTreeConfig(job: JobSettings): Promise<string> {
  return writeJob('cephfs', job);
}

async function writeJob(
  type: 'rbd' | 'cephfs',
  { name, select, dataset, more, source, target }: JobSettings,
): Promise<string> {
  const where = typeof dataset === 'string' ? `type: zfs\ndataset: ${dataset}` : dataset.target;
  return writeShared(
    `${name}.yaml`,
    `jobs:\n  - name: ${name}\n    source:\n      type: ${type}\n` +
      (select === undefined ? '' : `      select: ${JSON.stringify(select)}\n`) +
      indent(source, 6) +
      `    target:\n${indent(where, 6)}${indent(target, 6)}` +
      indent(more, 4),
  );
}

/** Writes a file that both sides can read, under the same path, which it gives. */
export async function writeShared(name: string, text: string): Promise<string> {
  const path = sharedPath(name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** A path that is the same on both sides. */
export function sharedPath(name: string): string {
  return `${CHECKOUT}node_modules/.lab/${name}`;
}

export interface JsonRun extends Ended {
  readonly events: readonly RunEvent[];
}

/** Runs a job with `--json` and reads its events. */
export async function runJson(
  job: string,
  config: string,
  ...options: readonly string[]
): Promise<JsonRun> {
  return withEvents(await ceph2zfs('run', job, '--config', config, '--json', ...options));
}

/** As {@link runJson}, where the cluster is. */
export async function runJsonOnCeph(job: string, config: string): Promise<JsonRun> {
  return withEvents(await ceph2zfsOnCeph('run', job, '--config', config, '--json'));
}

function withEvents(ended: Ended): JsonRun {
  const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
  return { ...ended, events: lines.map((line) => JSON.parse(line) as RunEvent) };
}

/** As {@link runJson}; anything but success throws, with all that was said. */
export async function mustRun(
  job: string,
  config: string,
  ...options: readonly string[]
): Promise<JsonRun> {
  return succeeded(await runJson(job, config, ...options));
}

/** Throws, with all that was said, when a run was no success. */
export function succeeded(run: JsonRun): JsonRun {
  if (run.exitCode === 0) return run;
  throw new Error(`the run ended with exit status ${run.exitCode}\n${run.stdout}\n${run.stderr}`);
}

/** What the work comes to; however it ends, what went on meanwhile is stopped and waited for. */
export async function endingWith<T>(work: Promise<T>, stop: () => Promise<void>): Promise<T> {
  try {
    return await work;
  } finally {
    await stop();
  }
}

/** The events of one type. */
export function eventsOf<T extends RunEvent['type']>(
  run: JsonRun,
  type: T,
): Extract<RunEvent, { type: T }>[] {
  return run.events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** Makes a dataset for one test, without what an earlier try may have left in it. */
export async function freshDataset(name: string): Promise<string> {
  const dataset = `${POOL}/${name}`;
  // udev looks into each new device, and keeps a volume busy while it does.
  const script = `for try in {1..50}; do
      zfs list "$1" >/dev/null 2>&1 || exit 0
      zfs destroy -R "$1" && exit 0
      sleep 0.2
    done; exit 1`;
  await onZfs('bash', '-c', script, 'bash', dataset);
  await onZfs('zfs', 'create', dataset);
  return dataset;
}

/** Makes an image anew; further arguments go to `rbd create`. */
export async function freshImage(spec: string, ...options: readonly string[]): Promise<void> {
  await removeImage(spec);
  await onCeph('rbd', 'create', spec, ...options);
}

export async function removeImage(spec: string): Promise<void> {
  await lab(['ceph', 'rbd', 'snap', 'purge', '--no-progress', spec]);
  await lab(['ceph', 'rbd', 'rm', '--no-progress', spec]);
}

/** The judge: what `rbd export` says an image's snapshot is; or, without one, the image. */
export async function sourceHash(spec: string, snapshot?: string): Promise<string> {
  const script = 'set -o pipefail; rbd export --no-progress "$1" - | sha256sum';
  const what = snapshot === undefined ? spec : `${spec}@${snapshot}`;
  return (await onCeph('bash', '-c', script, 'hash', what)).slice(0, 64);
}

/**
 * Hash of the first `size` bytes of a zvol's snapshot, read through a clone, as a person would; and
 * whether all bytes behind them are zeros.
 */
export async function targetHash(dataset: string, snapshot: string, size: number): Promise<string> {
  const script = `set -euo pipefail
    clone=${POOL}/look-$$
    zfs clone -o readonly=on -o volmode=dev "$1@$2" $clone
    # udev looks into each new device, and keeps a volume busy while it does.
    trap 'for try in $(seq 100); do zfs destroy $clone 2>/dev/null && break; sleep 0.1; done' EXIT
    # udev makes the link some time later, and may take it away for a moment.
    device=
    for try in $(seq 1200); do device=$(readlink -e /dev/zvol/$clone) && break; sleep 0.05; done
    head -c "$3" $device | sha256sum | cut -c 1-64
    tail -c +$(($3 + 1)) $device | tr -d '\\0' | wc -c`;
  const output = await onZfs('bash', '-c', script, 'hash', dataset, snapshot, String(size));
  const [hash = '', behind = ''] = output.split('\n');
  if (behind.trim() !== '0') {
    throw new Error(`${dataset}@${snapshot} has ${behind} bytes behind the image's end`);
  }
  return hash;
}

/** Size of an image's snapshot in bytes, as `rbd` tells it. */
export async function sourceSize(spec: string, snapshot: string): Promise<number> {
  const info = await onCeph('rbd', 'info', '--format', 'json', `${spec}@${snapshot}`);
  return (JSON.parse(info) as { size: number }).size;
}

/** Names of an image's user snapshots. */
export async function sourceSnapshots(spec: string): Promise<string[]> {
  const list = await onCeph('rbd', 'snap', 'ls', '--format', 'json', spec);
  return (JSON.parse(list) as { name: string }[]).map(({ name }) => name);
}

/** Names of a dataset's snapshots, oldest first. */
export async function targetSnapshots(dataset: string): Promise<string[]> {
  const list = ['zfs', 'list', '-Hp', '-d', '1', '-t', 'snapshot', '-s', 'createtxg', '-o', 'name'];
  const output = await onZfs(...list, dataset);
  return output === '' ? [] : output.split('\n').map((name) => name.slice(dataset.length + 1));
}
