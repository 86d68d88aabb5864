import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { runnerEnvironment } from '../src/runner/environment.ts';
import { SINK_FLAGS } from '../src/sink/start.ts';
import type { TlsFiles } from '../src/transport/tls.ts';
import {
  freshDataset,
  freshImage,
  GUEST_ADDRESS,
  removeImage,
  writeConfig,
} from '../test/support/lab.ts';
import { createPki } from '../test/support/pki.ts';
import { openSinkSide } from '../test/support/sink-side.ts';
import { slowNetwork } from '../test/support/slow-network.ts';
import { ceph, flag, lab, ROUNDS, report, resultPath, runParts, zfs } from './lab.ts';
import { interleave, measure, median } from './measure.ts';

/**
 * A push to a sink against bare TLS connections between the same places: from the machine that the lab is on into its
 * ZFS side. Both send the same random bytes from memory into nothing. Run with nothing else going on there:
 *   node bench/push.ts [--rounds 5] [--mib 1024] [PART…]      parts: near, delayed, whole
 * `whole` is a real push, of an image from the cluster into the pool, once: what both ends take in memory.
 */
const MIB = 1024 * 1024;
const SIZE = Number(flag('--mib') ?? 1024) * MIB;

/** As `channels` of a job is by default. */
const CHANNELS = 4;

const IMAGE = 'rbd/bench-push';

/** In KiB. */
const PEAK_OF_SINK =
  'awk "/VmHWM/ { print \\$2 }" "/proc/$(pgrep -f "src/sink/main[.]ts" | head -n 1)/status"';

/** Milliseconds there and back. */
const DELAY = 50;

/** Certificates of both sides; as JSON in a file that both can read. */
export interface PushPki {
  readonly server: TlsFiles;
  readonly client: TlsFiles;
}

interface Contestant {
  readonly name: string;
  readonly what: 'bare' | 'sink';
  readonly connections: number;
}

interface Sent {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxRssKiB: number;
  readonly farRssKiB: number;
}

const ONE: Contestant = { name: 'one bare TLS connection', what: 'bare', connections: 1 };
const PARALLEL: Contestant = {
  name: `${CHANNELS} bare TLS connections`,
  what: 'bare',
  connections: CHANNELS,
};
const PUSH: Contestant = {
  name: `a push, ${CHANNELS} channels`,
  what: 'sink',
  connections: CHANNELS,
};

const FAR = fileURLToPath(new URL('./push-far.ts', import.meta.url));
const NEAR = fileURLToPath(new URL('./push-near.ts', import.meta.url));

const SINK_ENVIRONMENT = Object.entries(runnerEnvironment('rbd')).map((pair) => pair.join('='));

async function send({ name, what, connections }: Contestant, pkiFile: string): Promise<Sent> {
  // As the product starts its sink; bare connections are left to Node as it comes.
  const node = what === 'sink' ? ['env', ...SINK_ENVIRONMENT, 'node', ...SINK_FLAGS] : ['node'];
  const [program = '', ...args] = zfs(...node, FAR, what, GUEST_ADDRESS, pkiFile);
  const far = execa(program, args, { stdin: 'pipe', stderr: 'inherit' });
  const said = far[Symbol.asyncIterator]();
  const port = String((await said.next()).value);
  const near = ceph(
    'node',
    NEAR,
    what,
    GUEST_ADDRESS,
    port,
    pkiFile,
    String(SIZE),
    String(connections),
  );
  const sent = JSON.parse((await execa(near[0] ?? '', near.slice(1))).stdout) as Sent;
  far.stdin.end();
  const { maxRssKiB } = JSON.parse(String((await said.next()).value)) as { maxRssKiB: number };
  process.stderr.write(`${name}: ${sent.seconds.toFixed(2)} s\n`);
  return { ...sent, farRssKiB: maxRssKiB };
}

async function compare(name: string, contestants: readonly Contestant[]): Promise<void> {
  const pki = createPki();
  const made: PushPki = {
    server: await pki.server(GUEST_ADDRESS),
    client: await pki.client('alpha'),
  };
  const pkiFile = await resultPath('push-pki.json');
  await writeFile(
    pkiFile,
    JSON.stringify(made, (_, value: unknown) => asText(value)),
    { mode: 0o600 },
  );
  const taken = await interleave(contestants, ROUNDS, (one) => send(one, pkiFile));
  const first = median((taken.get(contestants[0] ?? PUSH) ?? []).map(({ seconds }) => seconds));
  const rows = contestants.map((contestant) => {
    const all = taken.get(contestant) ?? [];
    const seconds = median(all.map((sent) => sent.seconds));
    const columns = [
      contestant.name,
      seconds.toFixed(2),
      (SIZE / MIB / seconds).toFixed(1),
      (first / seconds).toFixed(2),
      median(all.map((sent) => sent.cpuSeconds)).toFixed(2),
      (Math.max(...all.map((sent) => sent.maxRssKiB)) / 1024).toFixed(0),
      (Math.max(...all.map((sent) => sent.farRssKiB)) / 1024).toFixed(0),
    ];
    return `| ${columns.join(' | ')} |`;
  });
  await report(
    name,
    [
      `${SIZE / MIB} MiB, ${ROUNDS} rounds, medians.`,
      '',
      '| | s | MiB/s | speed ÷ that of the first | CPU s of the sender | its peak RSS, MiB | that of the receiver |',
      '|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}

/** PEM is text; JSON knows no buffers. */
function asText(value: unknown): unknown {
  const isBuffer =
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBuffer && 'data' in value ? Buffer.from(value.data as number[]).toString() : value;
}

async function near(): Promise<void> {
  await compare('push-near', [ONE, PARALLEL, PUSH]);
}

async function delayed(): Promise<void> {
  await using _ = await slowNetwork(DELAY, 0);
  await compare('push-delayed', [PARALLEL, ONE, PUSH]);
}

async function whole(): Promise<void> {
  await freshImage(IMAGE, '--size', String(SIZE / MIB));
  await lab('ceph', 'node', 'bench/mutate.ts', IMAGE, 'fill', String(SIZE));
  await using side = await openSinkSide(await freshDataset('bench-push'));
  const name = 'bench-push';
  const config = await writeConfig(side.pushed({ name, select: [IMAGE] }));
  const run = ceph('node', 'src/main.ts', 'run', name, '--json', '--config', config);
  const { seconds, told } = await measure(run);
  const sink = await lab('zfs', 'bash', '-c', PEAK_OF_SINK);
  const columns = [
    seconds.toFixed(1),
    (SIZE / MIB / seconds).toFixed(1),
    ((told['peakRssBytes'] ?? Number.NaN) / MIB).toFixed(0),
    (Number(sink) / 1024).toFixed(0),
  ];
  await report(
    'push-whole',
    [
      `${SIZE / MIB} MiB of an image that cannot be compressed, pushed in full.`,
      '',
      '| s | MiB/s | peak RSS of the run, MiB | of the sink, MiB |',
      '|---|---|---|---|',
      `| ${columns.join(' | ')} |`,
    ].join('\n'),
  );
  await removeImage(IMAGE);
}

await runParts({ near, delayed, whole });
