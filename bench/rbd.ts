import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Contestant, compete, type Result } from './measure.ts';
import { environment, table } from './report.ts';

/**
 * RBD to zvol, against `rbd export` and what it is piped into today. Run on the machine that the lab
 * is on, with nothing else going on there:
 *   node bench/rbd.ts [--rounds 5] [--gib 2] [--thin-rounds 5] [PART…]      parts: read loop zvol full increment thin compare
 * Everything of a part is interleaved in one run. Results go to bench/results/ as JSON and Markdown.
 */
const GIB = 1024 ** 3;
const ROUNDS = Number(flag('--rounds') ?? 5);
const DATA = Number(flag('--gib') ?? 2) * GIB;
const IMAGE = 'rbd/bench';
const ROOT = 'c2zlab/bench';
const LAB = fileURLToPath(new URL('../lab/lab', import.meta.url));
const RESULTS = fileURLToPath(new URL('./results/', import.meta.url));

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function lab(...args: readonly string[]): Promise<string> {
  return (await execa(LAB, args, { stdin: 'ignore' })).stdout;
}

const ceph = (...command: readonly string[]): readonly string[] => [LAB, 'ceph', ...command];
const zfs = (...command: readonly string[]): readonly string[] => [LAB, 'zfs', ...command];
const tool = (...args: readonly string[]): readonly string[] =>
  zfs('env', COMPILE_CACHE, 'node', 'src/main.ts', ...args);

/** As a package would come: system calls are dear on the ZFS side, and loading many files takes many. */
const COMPILE_CACHE = 'NODE_COMPILE_CACHE=/run/node-compile-cache';

const PIPE =
  'set -o pipefail; rbd export --no-progress "$1" - | dd of="$2" bs=4M iflag=fullblock oflag=direct conv=fsync,notrunc status=none';

async function config(name: string, image: string, source = ''): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const path = `${RESULTS}${name}.yaml`;
  const text = `jobs:\n  - name: ${name}\n    source: { type: rbd, select: ["${image}"]${source} }\n    target: { type: zfs, dataset: ${ROOT} }\n`;
  await writeFile(path, text);
  return path;
}

async function emptyTarget(): Promise<void> {
  await lab(
    'zfs',
    'bash',
    '-c',
    `udevadm settle; zfs destroy -R ${ROOT} 2>/dev/null; zfs create -o compression=lz4 ${ROOT} && zpool sync`,
  );
}

/** A plain zvol with the same settings, for the peers. */
async function plainZvol(): Promise<void> {
  await emptyTarget();
  await lab(
    'zfs',
    'bash',
    '-c',
    `zfs create -s -b 16K -V ${DATA} ${ROOT}/plain && for i in {1..300}; do [ -b /dev/zvol/${ROOT}/plain ] && break; sleep 0.1; done; udevadm settle`,
  );
}

async function makeImage(): Promise<void> {
  await lab(
    'ceph',
    'bash',
    '-c',
    `rbd snap purge --no-progress ${IMAGE} 2>/dev/null; rbd rm --no-progress ${IMAGE} 2>/dev/null; true`,
  );
  await lab('ceph', 'rbd', 'create', IMAGE, '--size', `${DATA}B`);
  await lab('ceph', 'node', 'bench/mutate.ts', IMAGE, 'fill', String(DATA));
  await lab('ceph', 'rbd', 'snap', 'create', '--no-progress', `${IMAGE}@s`);
}

async function part(
  name: string,
  contestants: readonly Contestant[],
  rounds = ROUNDS,
): Promise<void> {
  process.stderr.write(`== ${name}\n`);
  const results: readonly Result[] = await compete(contestants, rounds);
  const text = `${environment()}\n\n${table(results)}\n`;
  await writeFile(`${RESULTS}${name}.json`, JSON.stringify(results, null, 2));
  await writeFile(`${RESULTS}${name}.md`, text);
  process.stdout.write(`\n## ${name}\n\n${text}`);
}

async function read(): Promise<void> {
  await part('read', [
    {
      name: 'engine, into nothing',
      command: ceph('node', 'bench/engine.ts', 'read', IMAGE, 's'),
      bytes: DATA,
    },
    {
      name: 'rbd export-diff > /dev/null',
      command: ceph('bash', '-c', `rbd export-diff --no-progress ${IMAGE}@s - >/dev/null`),
      bytes: DATA,
    },
    {
      name: 'rbd export > /dev/null',
      command: ceph('bash', '-c', `rbd export --no-progress ${IMAGE}@s - >/dev/null`),
      bytes: DATA,
    },
  ]);
}

async function loop(): Promise<void> {
  const file = `${RESULTS}loop.disk`;
  await execa('truncate', ['-s', String(DATA), file]);
  const device = (await execa('losetup', ['--find', '--show', '--direct-io=on', file])).stdout;
  try {
    await part('loop', [
      {
        name: 'engine, to the loop device',
        command: ceph('node', 'bench/engine.ts', 'copy', IMAGE, 's', device),
        bytes: DATA,
      },
      {
        name: 'rbd export | dd',
        command: ceph('bash', '-c', PIPE, 'bench', `${IMAGE}@s`, device),
        bytes: DATA,
      },
      {
        name: 'engine, reading alone',
        command: ceph('node', 'bench/engine.ts', 'read', IMAGE, 's'),
        bytes: DATA,
      },
      {
        name: 'engine, writing alone',
        command: ceph('node', 'bench/engine.ts', 'write', String(DATA), device),
        bytes: DATA,
      },
    ]);
  } finally {
    await execa('losetup', ['-d', device]);
    await execa('rm', ['-f', file]);
  }
}

async function zvol(): Promise<void> {
  const plain = `/dev/zvol/${ROOT}/plain`;
  const engine = (...args: readonly string[]) => zfs('node', 'bench/engine.ts', ...args);
  const each = { prepare: plainZvol, bytes: DATA };
  await part('zvol', [
    { ...each, name: 'engine, to the zvol', command: engine('copy', IMAGE, 's', plain) },
    {
      ...each,
      name: 'rbd export | dd',
      command: zfs('bash', '-c', PIPE, 'bench', `${IMAGE}@s`, plain),
    },
    { name: 'engine, reading alone', command: engine('read', IMAGE, 's'), bytes: DATA },
    { ...each, name: 'engine, writing alone', command: engine('write', String(DATA), plain) },
  ]);
}

/** The whole of a first run, with all that comes before and after the copying. */
async function full(): Promise<void> {
  const run = tool('run', 'bench', '--json', '--config', await config('bench', IMAGE));
  const name = 'ceph2zfs run, in full';
  await part('full', [{ name, prepare: emptyTarget, command: run, bytes: DATA }]);
}

async function increment(): Promise<void> {
  const path = await config('bench', IMAGE);
  const run = tool('run', 'bench', '--json', '--config', path);
  const pieces = String(Math.round(DATA / 100 / 4096));
  await emptyTarget();
  await execa(run[0] ?? '', run.slice(1));
  await part('increment', [
    {
      name: 'ceph2zfs run, 1 % changed in 4 KiB pieces',
      prepare: () => lab('ceph', 'node', 'bench/mutate.ts', IMAGE, 'scatter', pieces),
      command: run,
      bytes: DATA / 100,
    },
    { name: 'ceph2zfs run, nothing changed', command: run },
  ]);
}

async function thin(): Promise<void> {
  const image = 'rbd/bench-thin';
  await lab(
    'ceph',
    'bash',
    '-c',
    `rbd snap purge --no-progress ${image} 2>/dev/null; rbd rm --no-progress ${image} 2>/dev/null; true`,
  );
  await lab('ceph', 'rbd', 'create', image, '--size', '1T');
  await lab('ceph', 'node', 'bench/mutate.ts', image, 'spread', String(GIB));
  await lab('ceph', 'rbd', 'snap', 'create', '--no-progress', `${image}@s`);
  await part('thin', [
    {
      name: 'engine, into nothing',
      command: ceph('node', 'bench/engine.ts', 'read', image, 's'),
      bytes: GIB,
    },
    {
      name: 'rbd export-diff > /dev/null',
      command: ceph('bash', '-c', `rbd export-diff --no-progress ${image}@s - >/dev/null`),
      bytes: GIB,
    },
  ]);
  // Minutes each, in User-mode Linux: the diff asks a quarter of a million objects.
  const run = tool('run', 'thin', '--json', '--config', await config('thin', image));
  const whole = { name: 'ceph2zfs run, in full', prepare: emptyTarget, command: run, bytes: GIB };
  const rounds = Number(flag('--thin-rounds') ?? ROUNDS);
  if (rounds > 0) await part('thin-run', [whole], rounds);
  await lab(
    'ceph',
    'bash',
    '-c',
    `rbd snap purge --no-progress ${image}; rbd rm --no-progress ${image}`,
  );
}

/** What comparing saves on the target when the diff tells of whole objects. */
async function compare(): Promise<void> {
  const lines: string[] = [];
  for (const [name, source, target] of [
    ['exact diff', ', diff: exact', 'never'],
    ['whole objects, all written', ', diff: fast', 'never'],
    ['whole objects, compared', ', diff: fast', 'always'],
  ] as const) {
    const path = await config('bench', IMAGE, source);
    const text = `jobs:\n  - name: bench\n    source: { type: rbd, select: ["${IMAGE}"]${source} }\n    target: { type: zfs, dataset: ${ROOT}, compare: ${target} }\n`;
    await writeFile(path, text);
    const run = tool('run', 'bench', '--json', '--config', path);
    await emptyTarget();
    await execa(run[0] ?? '', run.slice(1));
    await lab('ceph', 'node', 'bench/mutate.ts', IMAGE, 'scatter', '100');
    const { stdout } = await execa(run[0] ?? '', run.slice(1));
    const finished = stdout.split('\n').find((line) => line.includes('transfer-finished')) ?? '{}';
    const told = JSON.parse(finished) as Record<string, number>;
    const written = (
      await lab(
        'zfs',
        'zfs',
        'list',
        '-Hp',
        '-r',
        '-t',
        'snapshot',
        '-s',
        'createtxg',
        '-o',
        'written',
        ROOT,
      )
    )
      .split('\n')
      .at(-1);
    lines.push(`| ${name} | ${told['bytesRead']} | ${told['bytesWritten']} | ${written} |`);
  }
  const text = `${environment()}\n\n| 100 writes of 4 KiB | bytes read | bytes written | the snapshot's \`written\` |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  await writeFile(`${RESULTS}compare.md`, text);
  process.stdout.write(`\n## compare\n\n${text}`);
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  read,
  loop,
  zvol,
  full,
  increment,
  thin,
  compare,
};
const asked = process.argv.slice(2).filter((word) => word in parts);
await lab('up');
await mkdir(RESULTS, { recursive: true });
await makeImage();
for (const name of asked.length > 0 ? asked : Object.keys(parts)) await parts[name]?.();
await emptyTarget();
await lab(
  'ceph',
  'bash',
  '-c',
  `rbd snap purge --no-progress ${IMAGE}; rbd rm --no-progress ${IMAGE}`,
);
