import packageJson from '../../../package.json' with { type: 'json' };
import { reportError } from '../../core/errors.ts';
import { invalidMessage, TransportError } from '../errors.ts';
import type { AnswerOf, CallName, CheckedArgs } from '../protocol/calls.ts';
import { requireSnapshotName, requireSourceName } from '../protocol/names.ts';
import type { PlaceOf } from '../protocol/schemas.ts';
import { commonVersion, OUR_FEATURES, OUR_VERSIONS } from '../protocol/version.ts';
import { beginTransfer } from './begin.ts';
import type { Guest } from './guest.ts';
import type { SinkLimits } from './limits.ts';
import type { SinkMemory } from './memory.ts';
import type { LockSession } from './sessions.ts';
import { createTreeWork, TREE_BESIDE } from './tree-work.ts';
import { createVolumeWork } from './volume-work.ts';

/** What a call has at hand. */
export interface CallContext {
  readonly guest: Guest;
  /** The process of the client that makes it; null when it does not say. */
  readonly instance: string | null;
  readonly limits: SinkLimits;
  readonly memory: SinkMemory;
  readonly signal: AbortSignal;
}

type Handlers = {
  readonly [Name in CallName]: (
    args: CheckedArgs<Name>,
    context: CallContext,
  ) => Promise<AnswerOf<Name>>;
};

/** What each call does, once its arguments have been checked. */
export const HANDLERS: Handlers = {
  async hello({ versions, features, software }, { guest, limits }) {
    const common = commonVersion(
      { name: `the sink (ceph2zfs ${packageJson.version})`, versions: OUR_VERSIONS },
      { name: `the client ${guest.name} (${software})`, versions },
    );
    return {
      versions: { min: common, max: common },
      features: OUR_FEATURES.filter((feature) => features.includes(feature)),
      software: `ceph2zfs ${packageJson.version}`,
      client: guest.name,
      root: guest.client.root,
      allow: guest.client.canPrune ? ['prune'] : [],
      heartbeatMs: limits.heartbeatMs,
      sessionMs: limits.sessionMs,
    };
  },
  async check({ on }, { guest, signal }) {
    await guest.catalog(on).check(signal);
    return {};
  },
  async list(_, { guest, signal }) {
    const listed = await guest.client.list(signal);
    return {
      datasets: listed.map(({ dataset, snapshots, ...rest }) => ({
        ...rest,
        dataset: guest.relative(dataset),
        snapshots: [...snapshots],
      })),
    };
  },
  async sources({ on }, { guest, signal }) {
    const found = await guest.catalog(on).sources(signal);
    const sources = [...found].map(
      ([source, datasets]) =>
        [source, datasets.map((dataset) => guest.relative(dataset))] as [string, string[]],
    );
    return { sources };
  },
  async generations({ on, source }, { guest, signal }) {
    requireSourceName(source);
    const found = await guest.catalog(on).generations(source, signal);
    const generations = found.map((state) => ({
      ...state,
      dataset: guest.relative(state.dataset),
    }));
    return { generations };
  },
  async 'next-dataset'({ on, source }, { guest, signal }) {
    requireSourceName(source);
    const dataset = await guest.catalog(on).nextDataset(source, signal);
    return { dataset: guest.relative(dataset) };
  },
  async create({ on, source, identity }, { guest, signal }) {
    requireSourceName(source);
    const { dataset } = await guest.catalog(on).create(source, identity, signal);
    return { dataset: guest.relative(dataset) };
  },
  async lock({ on, source, session }, { guest, instance }) {
    requireSourceName(source);
    await guest.leaveBehind(keyOf(on, source), instance);
    await guest.sessions.open(session, async () => {
      const lock = await guest.catalog(on).lock(source);
      const held: LockSession = {
        kind: 'lock',
        key: keyOf(on, source),
        instance,
        user: null,
        async close() {
          // Nobody may write once the lock is given up.
          if (held.user !== null) await guest.sessions.close(held.user);
          await lock[Symbol.asyncDispose]();
        },
      };
      return held;
    });
    return {};
  },
  async claim({ on, dataset, snapshot }, { guest, signal }) {
    requireSnapshotName(snapshot);
    const target = await guest.target(guest.catalog(on), dataset, signal);
    await target.claim(snapshot, signal);
    return {};
  },
  async settle({ on, dataset }, { guest, signal }) {
    const target = await guest.target(guest.catalog(on), dataset, signal);
    await target.settle(signal);
    return {};
  },
  async guards({ on, dataset }, { guest, signal }) {
    const target = await guest.target(guest.catalog(on), dataset, signal);
    const guards = [...(await target.guards(signal))].map(
      ([name, kinds]) => [name, [...kinds]] as [string, ('pinned' | 'held' | 'cloned')[]],
    );
    return { guards };
  },
  async 'remove-snapshots'({ on, dataset, names }, { guest, signal }) {
    if (!guest.client.canPrune) throw notAllowed(guest.name);
    for (const name of names) requireSnapshotName(name);
    const target = await guest.target(guest.catalog(on), dataset, signal);
    const kept = await target.removeSnapshots(names, signal);
    return { kept: kept.map(({ name, error }) => ({ name, error: reportError(error) })) };
  },
  async 'begin-volume'({ on, order, ...rest }, { guest, limits, memory, signal }) {
    if (on.kind !== 'volumes') throw invalidMessage('an image is transferred to a volume');
    const { pieces, requests } = limits.windows;
    return beginTransfer(
      {
        ...rest,
        guest,
        memory,
        wish: { beside: 0, most: pieces },
        requests,
        order,
        kind: 'rbd',
        key: keyOf(on, order.source),
        catalog: guest.volumes(),
        begin: async (target, memory) => {
          const writer = await target.begin(order, signal);
          const work = createVolumeWork({ writer, order, memory });
          return { work, told: { blockSize: writer.blockSize } };
        },
      },
      signal,
    );
  },
  async 'begin-tree'({ on, order, ...rest }, { guest, limits, memory, signal }) {
    if (on.kind !== 'trees') throw invalidMessage('a tree is transferred to a filesystem');
    const { pieces, requests } = limits.windows;
    return beginTransfer(
      {
        ...rest,
        guest,
        memory,
        wish: { beside: TREE_BESIDE, most: pieces },
        requests,
        order,
        kind: 'cephfs',
        key: keyOf(on, order.source),
        catalog: guest.trees(on.filesystem),
        begin: async (target, memory) => {
          const writer = await target.begin(order, signal);
          const work = createTreeWork({ writer, memory });
          const { isUntouched, limbo, reserved } = writer;
          const told = { isUntouched, limbo: text(limbo), reserved: reserved.map(text) };
          return { work, told };
        },
      },
      signal,
    );
  },
  async commit({ session, scan }, { guest, signal }) {
    const transfer = guest.sessions.get(session, 'transfer');
    return { snapshot: await transfer.commit(scan, signal) };
  },
  async keep({ sessions }, { guest }) {
    return { lost: guest.sessions.keep(sessions) };
  },
  async close({ session }, { guest }) {
    await guest.sessions.close(session);
    return {};
  },
  async cancel({ call }, { guest }) {
    guest.answers.cancel(call);
    return {};
  },
};

/** What a lock is of. */
function keyOf(on: PlaceOf, source: string): string {
  return JSON.stringify([on, source]);
}

function text(bytes: Buffer): string {
  return bytes.toString('base64');
}

function notAllowed(client: string): TransportError {
  return new TransportError({
    code: 'not-allowed',
    message: `the sink does not let the client ${client} remove snapshots`,
    retry: 'never',
    hint: 'Leave the retention of the target to the sink, or grant it there (`allow: [prune]`).',
  });
}
