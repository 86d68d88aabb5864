import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MAX_PIECE_BYTES } from '../src/core/extent.ts';
import type { SinkClientOptions } from '../src/transport/client/options.ts';
import { startSink } from '../test/support/sink.ts';
import { startSlowLink } from '../test/support/slow-link.ts';
import { flag } from './lab.ts';
import { interleave, median } from './measure.ts';
import { KEEPS_NOTHING, pushImage, randomPieces } from './push-data.ts';
import { environment } from './report.ts';

/**
 * What compression on the way to a sink brings: pushes of an image that lies in memory into nothing, over a link of
 * several speeds, with data of several kinds. Client, link and sink are one process: they share what it may use.
 *   node bench/compression.ts [--rounds 5] [--seconds 5]
 * `--seconds`: about how long one push takes that is not compressed.
 */
const MIB = 1024 * 1024;
const ROUNDS = Number(flag('--rounds') ?? 5);
const MEMORY = randomPieces();
const SECONDS = Number(flag('--seconds') ?? 5);

const WAYS = ['never', 'always', 'auto'] as const;
type Way = (typeof WAYS)[number];

interface Link {
  readonly name: string;
  /** MiB a second; null for no limit. */
  readonly speed: number | null;
  /** MiB that are pushed. */
  readonly size: number;
}

const LINKS: readonly Link[] = [
  { name: '10 MiB/s', speed: 10, size: 10 * SECONDS },
  { name: '100 MiB/s', speed: 100, size: 100 * SECONDS },
  { name: 'unlimited', speed: null, size: 200 * SECONDS },
];

/** Four pieces of each kind, which are sent again and again. */
const random = randomFillSync(Buffer.alloc(4 * MAX_PIECE_BYTES));
const program = readFileSync(process.execPath).subarray(0, random.length);

/** By name, what the n-th piece is. */
const DATA: Readonly<Record<string, (n: number) => Buffer>> = {
  'that shrinks (a program)': (n) => part(program, n),
  'that does not (random)': (n) => part(random, n),
  // 32 MiB of the one, then of the other.
  mixed: (n) => part(Math.floor(n / 8) % 2 === 0 ? program : random, n),
};

function part(of: Buffer, n: number): Buffer {
  const at = (n % 4) * MAX_PIECE_BYTES;
  return of.subarray(at, at + MAX_PIECE_BYTES);
}

/** What one push took. */
interface Pushed {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Bytes on the wire for each byte of data. */
  readonly wire: number;
}

async function push(link: Link, dataOf: (n: number) => Buffer, compress: Way): Promise<Pushed> {
  await using sink = await startSink({ alpha: KEEPS_NOTHING });
  await using way = await startSlowLink(sink.port, link.speed === null ? null : link.speed * MIB);
  const url = new URL(`https://127.0.0.1:${way.port}`);
  const options: SinkClientOptions = await sink.optionsFor('alpha', { url, compress });
  const size = link.size * MIB;
  const before = process.cpuUsage();
  const seconds = await pushImage(options, size, MEMORY, (piece, n) => dataOf(n).copy(piece));
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6, wire: way.passed / size };
}

async function compare(link: Link, name: string): Promise<readonly string[]> {
  const dataOf = DATA[name];
  if (dataOf === undefined) throw new Error(`no data is ${name}`);
  const taken = await interleave(WAYS, ROUNDS, async (way) => {
    const pushed = await push(link, dataOf, way);
    process.stderr.write(`${link.name}, ${name}, ${way}: ${pushed.seconds.toFixed(2)} s\n`);
    return pushed;
  });
  const medians = WAYS.map((way) => ({ way, ...medianOf(taken.get(way) ?? []) }));
  const plain = medians[0]?.seconds ?? Number.NaN;
  return medians.map(({ way, seconds, cpuSeconds, wire }) => {
    const speed = link.size / seconds;
    const columns = [
      link.name,
      name,
      way,
      seconds.toFixed(2),
      speed.toFixed(speed < 100 ? 1 : 0),
      (plain / seconds).toFixed(2),
      wire.toFixed(2),
      ((cpuSeconds / link.size) * 1024).toFixed(1),
    ];
    return `| ${columns.join(' | ')} |`;
  });
}

function medianOf(all: readonly Pushed[]): Pushed {
  return {
    seconds: median(all.map(({ seconds }) => seconds)),
    cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
    wire: median(all.map(({ wire }) => wire)),
  };
}

const rows: string[] = [];
for (const link of LINKS) {
  for (const name of Object.keys(DATA)) rows.push(...(await compare(link, name)));
}
process.stdout.write(
  `${[
    environment(),
    '',
    '| link | data | `compress` | s | MiB/s of data | speed ÷ that of `never` | bytes sent ÷ data | CPU s for each GiB |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')}\n`,
);
