import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Target, TargetCatalog } from '../../src/core/target.ts';
import { encodeFrame } from '../../src/transport/protocol/frame.ts';
import type { Frame } from '../../src/transport/protocol/read-frames.ts';
import { type Conversation, imageConversation, treeConversation } from '../support/conversation.ts';
import { createRandom, type Random } from '../support/random.ts';
import { newId, rawPeer } from '../support/raw-peer.ts';
import { memoryClient, pki, startSink } from '../support/sink.ts';
import { spoilBytes, spoilFrames, spoilJson } from '../support/spoil.ts';

const ROUNDS = process.env['LONG_TESTS'] === undefined ? 150 : 2000;
/** How long a channel may take when it waits for what never comes, in milliseconds. */
const ENOUGH_MS = 200;

/** An error that nobody raised on purpose; what the trees in memory say of names that they do not have is none. */
const STRANGERS_ERROR = /"code":"unexpected","message":"(?!no )/;

vi.setConfig({ testTimeout: ROUNDS * 5000 });

let alpha: ReturnType<typeof memoryClient>;
let beta: ReturnType<typeof memoryClient>;
let sink: Awaited<ReturnType<typeof startSink>>;
/** The names by which the sink asked for alpha's targets. */
const asked = new Set<string>();

beforeEach(async () => {
  alpha = memoryClient({ blockSize: 4096 });
  beta = memoryClient({ blockSize: 4096 });
  const client = {
    ...alpha.client,
    volumes: () => watched(alpha.volumes.catalog()),
    trees: () => watched(alpha.trees.catalog()),
  };
  const limits = { memory: 64 * 1024 * 1024, sessionMs: 60_000, silentMs: 10_000 };
  sink = await startSink({ alpha: client, beta: beta.client }, limits);
});
afterEach(() => sink[Symbol.asyncDispose]());

function watched<Kind extends Target>(catalog: TargetCatalog<Kind>): TargetCatalog<Kind> {
  return {
    ...catalog,
    open(dataset) {
      asked.add(dataset);
      return catalog.open(dataset);
    },
  };
}

/** Holds a conversation, whole or spoiled. Gives what came back over its channel. */
async function converse(talk: Conversation, random: Random | null): Promise<readonly Frame[]> {
  const raw = rawPeer(sink.port, await pki.client('alpha'));
  const { on, source, identity, order } = talk;
  const session = newId();
  const maybe = (args: object): unknown =>
    random === null || random.next() < 0.7 ? args : spoilJson(args, random);
  const created = await raw.call('create', maybe({ on, source, identity }));
  const { dataset = source } = (created.answer ?? {}) as { readonly dataset?: string };
  const begin = maybe({ on, dataset, session, lock: null, order });
  const begun = await raw.call(talk.call, begin);
  for (const told of [created, begun]) expect(told.error?.code).not.toBe('unexpected');
  const frames = random === null ? talk.frames : spoilFrames(talk.frames, random);
  const sent = frames.flatMap((frame) => encodeFrame(frame));
  const bytes = Buffer.concat(sent);
  const spoiled = random !== null && random.next() < 0.2 ? spoilBytes(bytes, random) : bytes;
  const told = begun.error === undefined ? raw.channel(session, [spoiled]) : Promise.resolve([]);
  await Promise.race([told, sleep(ENOUGH_MS)]);
  const commit = await raw.call('commit', maybe({ session, scan: talk.scan }));
  expect(commit.error?.code).not.toBe('unexpected');
  await raw.call('close', { session });
  return told;
}

/** How many buffers transfers get until there are no more; all of them are free again when they are over. */
async function freeMemory(): Promise<number> {
  const raw = rawPeer(sink.port, await pki.client('alpha'));
  const { call, on, identity, order } = imageConversation();
  const sessions: string[] = [];
  let free = 0;
  for (;;) {
    const source = `rbd/free-${sessions.length}`;
    const { answer } = await raw.call('create', { on, source, identity });
    const { dataset } = answer as { readonly dataset: string };
    const session = newId();
    const args = { on, dataset, session, lock: null, order: { ...order, source } };
    const begun = await raw.call(call, args);
    if (begun.error !== undefined) break;
    free += (begun.answer as { readonly pieces: number }).pieces;
    sessions.push(session);
  }
  for (const session of sessions) await raw.call('close', { session });
  return free;
}

function failures(frames: readonly Frame[]): readonly string[] {
  return frames.filter(({ type }) => type === 3).map(({ body }) => body.toString());
}

it('a conversation as a client has it leads to a commit', async () => {
  expect(failures(await converse(imageConversation(), null))).toEqual([]);
  // Its requests are all asked at once, and some need what others make.
  await converse(treeConversation(), null);
  for (const { datasets } of [alpha.volumes, alpha.trees]) {
    const [dataset] = datasets.values();
    expect(dataset?.snapshots).toHaveLength(1);
  }
});

it(`${ROUNDS} conversations, spoiled in every way, touch nothing of others and leave nothing behind`, async () => {
  const random = createRandom();
  const free = await freeMemory();
  expect(free).toBeGreaterThan(4);
  for (let round = 0; round < ROUNDS; round++) {
    const talk = random.next() < 0.4 ? imageConversation() : treeConversation();
    try {
      const told = await converse(talk, random);
      for (const text of failures(told)) expect(text).not.toMatch(STRANGERS_ERROR);
    } catch (cause) {
      throw new Error(`round ${round} of TEST_SEED=${random.seed}`, { cause });
    }
  }
  for (const name of asked) expect(name).toMatch(/^pool(?:\/(?!\.{1,2}(?:\/|$))[\w.:-]+)+$/);
  for (const { tree } of alpha.trees.datasets.values()) {
    const parts = tree.paths().flatMap((path) => path.split('/'));
    for (const part of parts) expect(['', '.', '..']).not.toContain(part);
  }
  expect([beta.volumes.datasets.size, beta.trees.datasets.size]).toEqual([0, 0]);
  expect(await freeMemory()).toBe(free);
});
