import { rebuildError } from '../../core/errors.ts';
import type { Target, TargetCatalog } from '../../core/target.ts';
import { TransportError } from '../errors.ts';
import { relativeDataset } from '../protocol/names.ts';
import type { PlaceOf } from '../protocol/schemas.ts';
import { type Caller, newId } from './caller.ts';
import type { Packer } from './compression/packer.ts';
import type { Http } from './http.ts';
import type { Keeper } from './keeper.ts';

/** A sink, as the targets of a job reach it. */
export interface Remote {
  readonly http: Http;
  readonly caller: Caller;
  readonly keeper: Keeper;
  /** Ids of the locks that this side holds, by source. */
  readonly locks: Map<string, string>;
  /** What compresses data; null when that is not wanted. */
  readonly packer: Packer | null;
}

const NEVER = new AbortController().signal;

/** So many snapshots are removed by one call. */
const NAMES_AT_ONCE = 500;

/** The targets of a job that lie at a sink. `complete` adds what one kind has beyond the others. */
export function createRemoteCatalog<Kind extends Target>(
  remote: Remote,
  on: PlaceOf,
  complete: (target: Target) => Kind,
): TargetCatalog<Kind> {
  const { http, caller, keeper, locks } = remote;
  const open = (dataset: string): Kind => complete(createRemoteTarget(remote, on, dataset));

  return {
    async check(signal) {
      await caller.greeting(signal);
      await caller.call('check', { on }, signal);
    },
    async canPrune(signal) {
      return (await caller.greeting(signal)).allow.includes('prune');
    },
    async lock(source) {
      const session = newId();
      await caller.call('lock', { on, source, session }, NEVER);
      keeper.add(session);
      locks.set(source, session);
      return {
        async [Symbol.asyncDispose]() {
          locks.delete(source);
          await closeSession(remote, session);
        },
      };
    },
    async sources(signal) {
      const name = await namer(remote, signal);
      const { sources } = await caller.call('sources', { on }, signal);
      return new Map(sources.map(([source, datasets]) => [source, datasets.map(name)]));
    },
    async generations(source, signal) {
      const name = await namer(remote, signal);
      const { generations } = await caller.call('generations', { on, source }, signal);
      return generations.map((state) => ({ ...state, dataset: name(state.dataset) }));
    },
    open,
    async nextDataset(source, signal) {
      const name = await namer(remote, signal);
      const { dataset } = await caller.call('next-dataset', { on, source }, signal);
      return name(dataset);
    },
    async create(source, identity, signal) {
      const name = await namer(remote, signal);
      const { dataset } = await caller.call('create', { on, source, identity }, signal);
      return open(name(dataset));
    },
    async [Symbol.asyncDispose]() {
      keeper[Symbol.dispose]();
      http.close();
    },
  };
}

function createRemoteTarget(remote: Remote, on: PlaceOf, dataset: string): Target {
  const { caller } = remote;
  const about = async (signal: AbortSignal) => ({
    on,
    dataset: await relativeName(remote, dataset, signal),
  });
  return {
    dataset,
    async claim(snapshot, signal) {
      await caller.call('claim', { ...(await about(signal)), snapshot }, signal);
    },
    async settle(signal) {
      await caller.call('settle', await about(signal), signal);
    },
    async guards(signal) {
      const { guards } = await caller.call('guards', await about(signal), signal);
      return new Map(guards);
    },
    async removeSnapshots(names, signal) {
      const target = await about(signal);
      const parts = Array.from({ length: Math.ceil(names.length / NAMES_AT_ONCE) }, (_, part) =>
        names.slice(part * NAMES_AT_ONCE, (part + 1) * NAMES_AT_ONCE),
      );
      const kept: { readonly name: string; readonly error: unknown }[] = [];
      for (const part of parts) {
        const told = await caller.call('remove-snapshots', { ...target, names: part }, signal);
        kept.push(...told.kept.map(({ name, error }) => ({ name, error: rebuildError(error) })));
      }
      return kept;
    },
  };
}

/** Gives up a lock or a transfer. A sink that cannot be reached does it by itself after a while. */
export async function closeSession(remote: Remote, session: string): Promise<void> {
  const { caller, keeper, http } = remote;
  keeper.remove(session);
  try {
    await caller.call('close', { session }, NEVER, http.patience.cancelMs);
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== 'sink-unreachable') throw error;
  }
}

/** How the sink names a dataset to this side. Throws when it is none of the sink's. */
export async function relativeName(
  { caller }: Remote,
  dataset: string,
  signal: AbortSignal,
): Promise<string> {
  const { root } = await caller.greeting(signal);
  const relative = relativeDataset(root, dataset);
  if (relative !== null) return relative;
  throw new TransportError({
    code: 'name-invalid',
    message: `${dataset} is not beneath ${root}, where the sink keeps the backups of this client`,
    retry: 'reconnect',
    hint: 'Run the job again: it looks anew at what is there.',
  });
}

/** What makes a whole name of what the sink calls a dataset. */
export async function namer(
  { caller }: Pick<Remote, 'caller'>,
  signal: AbortSignal,
): Promise<(relative: string) => string> {
  const { root } = await caller.greeting(signal);
  return (relative) => `${root}/${relative}`;
}
