import { describe, expect, it } from 'vitest';
import type { Piece } from '../../src/core/extent.ts';
import { createRemoteVolumes } from '../../src/transport/client/sink.ts';
import { type LongWayOptions, startLongWay } from '../support/long-way.ts';
import { memoryClient, startSink } from '../support/sink.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECES = 128;
const CHANNELS = 4;
const DELAY_MS = 20;
const SOURCE = 'rbd/image';
const IDENTITY = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' } as const;
const signal = new AbortController().signal;

async function* pieces(): AsyncGenerator<Piece> {
  const lease = { buffer: Buffer.alloc(MIB, 1), release: () => undefined };
  for (let index = 0; index < PIECES; index++) {
    yield { kind: 'data', offset: index * MIB, length: MIB, lease };
  }
}

/** Pushes an image; tells how much went to the sink over each connection, in the order in which they were made. */
async function push(options: Omit<LongWayOptions, 'delayMs'> = {}): Promise<readonly number[]> {
  const { client } = memoryClient();
  await using sink = await startSink({ alpha: client });
  await using way = await startLongWay(sink.port, { delayMs: DELAY_MS, ...options });
  const url = new URL(`https://127.0.0.1:${way.port}`);
  const how = await sink.optionsFor('alpha', { url, channels: CHANNELS, compress: 'never' });
  await using catalog = createRemoteVolumes(how);
  const target = await catalog.create(SOURCE, IDENTITY, signal);
  const snapshot = { name: 's', id: '7', size: PIECES * MIB, group: null, isProtected: false };
  const rest = { base: null, checkpoint: null, description: {}, compare: false };
  const order = { source: SOURCE, identity: IDENTITY, snapshot, ...rest };
  await using writer = await target.begin(order, signal);
  await writer.apply(pieces(), { signal });
  return way.passed;
}

describe('the channels of a transfer', () => {
  it('share the data on a long way, on which a connection takes everything at once and answers late', async () => {
    // The others are those of calls.
    const withData = (await push()).filter((bytes) => bytes > MIB);
    expect(withData).toHaveLength(CHANNELS);
    expect(Math.max(...withData)).toBeLessThan((PIECES / 2) * MIB);
  });

  it('of which one is slow get most of it over the others', async () => {
    const slow = { connection: 2, bytesPerMs: 4 * KIB };
    const { [slow.connection]: bytes = Number.NaN } = await push({ slow });
    expect(bytes).toBeGreaterThan(MIB);
    expect(bytes).toBeLessThan((PIECES / 10) * MIB);
  });
});
