import { execa } from 'execa';
import {
  ceph,
  emptyTarget,
  execute,
  flag,
  lab,
  part,
  ROOT,
  ROUNDS,
  report,
  resultPath,
  runOf,
  runParts,
  zfs,
} from './lab.ts';

/**
 * RBD to zvol, against `rbd export` and what it is piped into today. Run on the machine that the lab
 * is on, with nothing else going on there:
 *   node bench/rbd.ts [--rounds 5] [--gib 2] [--thin-rounds 5] [PART…]      parts: read loop zvol full increment thin compare
 * Everything of a part is interleaved in one run. Results go to bench/results/ as JSON and Markdown.
 */
const GIB = 1024 ** 3;
const DATA = Number(flag('--gib') ?? 2) * GIB;
const IMAGE = 'rbd/bench';

const PIPE =
  'set -o pipefail; rbd export --no-progress "$1" - | dd of="$2" bs=4M iflag=fullblock oflag=direct conv=fsync,notrunc status=none';

const jobOf = (image: string, more = ''): string => `type: rbd, select: ["${image}"]${more}`;

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
  const file = await resultPath('loop.disk');
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
  const run = await runOf('bench', jobOf(IMAGE));
  const name = 'ceph2zfs run, in full';
  await part('full', [{ name, prepare: emptyTarget, command: run, bytes: DATA }]);
}

async function increment(): Promise<void> {
  const run = await runOf('bench', jobOf(IMAGE));
  const pieces = String(Math.round(DATA / 100 / 4096));
  await emptyTarget();
  await execute(run);
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
  const run = await runOf('thin', jobOf(image));
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
    const run = await runOf('bench', jobOf(IMAGE, source), `, compare: ${target}`);
    await emptyTarget();
    await execute(run);
    await lab('ceph', 'node', 'bench/mutate.ts', IMAGE, 'scatter', '100');
    const stdout = await execute(run);
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
  await report(
    'compare',
    `| 100 writes of 4 KiB | bytes read | bytes written | the snapshot's \`written\` |\n|---|---|---|---|\n${lines.join('\n')}`,
  );
}

await lab('up');
await makeImage();
await runParts({ read, loop, zvol, full, increment, thin, compare });
await emptyTarget();
await lab(
  'ceph',
  'bash',
  '-c',
  `rbd snap purge --no-progress ${IMAGE}; rbd rm --no-progress ${IMAGE}`,
);
