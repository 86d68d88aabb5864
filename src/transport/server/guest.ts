import type { Target, TargetCatalog } from '../../core/target.ts';
import type { TreeTarget } from '../../core/tree.ts';
import type { VolumeTarget } from '../../core/volume.ts';
import { createBudget } from '../../lib/budget.ts';
import { sinkBusy, TransportError } from '../errors.ts';
import { datasetBeneath, relativeDataset } from '../protocol/names.ts';
import type { PlaceOf } from '../protocol/schemas.ts';
import { Answers } from './answers.ts';
import { endedSession } from './desk.ts';
import type { SinkLimits } from './limits.ts';
import { Presence } from './presence.ts';
import { Sessions } from './sessions.ts';
import type { SinkClient } from './sink-client.ts';
import type { Totals } from './traffic.ts';

/** So many filesystems of a client are known at once. */
const MAX_CATALOGS = 64;

/** So many long calls of a client are in memory at once. */
const MAX_LONG_CALLS = 4;

/** A client that has connected, with all that it holds at the sink. Another client's cannot be reached from here. */
export class Guest implements AsyncDisposable {
  readonly name: string;
  readonly sessions: Sessions;
  readonly presence = new Presence();
  readonly answers = new Answers();
  readonly totals: Totals = { bytesReceived: 0 };
  /** Places for calls that are long, or have long answers. */
  readonly longCalls = createBudget(MAX_LONG_CALLS);
  #client: SinkClient;
  /** Of what the client was before: what goes on with them goes on. */
  readonly #formerCatalogs: TargetCatalog[] = [];
  readonly #trees = new Map<string, TargetCatalog<TreeTarget>>();
  #volumes: TargetCatalog<VolumeTarget> | undefined;

  constructor(name: string, client: SinkClient, limits: SinkLimits) {
    this.name = name;
    this.#client = client;
    this.sessions = new Sessions(limits.sessionsOfClient, limits.sessionMs);
  }

  get client(): SinkClient {
    return this.#client;
  }

  /** From the next call on it may do what `client` says, whose root must be the same. */
  become(client: SinkClient): void {
    if (client === this.#client) return;
    this.#client = client;
    this.#formerCatalogs.push(...this.#catalogs());
    this.#trees.clear();
    this.#volumes = undefined;
  }

  volumes(): TargetCatalog<VolumeTarget> {
    return (this.#volumes ??= this.client.volumes());
  }

  trees(filesystem: string): TargetCatalog<TreeTarget> {
    const known = this.#trees.get(filesystem);
    if (known !== undefined) return known;
    if (this.#trees.size >= MAX_CATALOGS) throw sinkBusy('filesystems');
    const catalog = this.client.trees(filesystem);
    this.#trees.set(filesystem, catalog);
    return catalog;
  }

  catalog(on: PlaceOf): TargetCatalog {
    return on.kind === 'volumes' ? this.volumes() : this.trees(on.filesystem);
  }

  /**
   * Gives up a lock that a process of the client left behind which has no connection any more, so that the next one need not
   * wait until the sink is sure by itself. Resolves when nothing of that process goes on.
   */
  async leaveBehind(key: string, next: string | null): Promise<void> {
    const { id, instance = null } = this.sessions.lockOf(key) ?? {};
    if (id === undefined || instance === null || instance === next) return;
    if (this.presence.has(instance)) return;
    await this.answers.ended(instance);
    await this.sessions.close(id);
  }

  /** A target by the name that the client has for it; of `source`, if that is given. Throws `name-invalid`. */
  async target<Kind extends Target>(
    catalog: TargetCatalog<Kind>,
    relative: string,
    signal: AbortSignal,
    source?: string,
  ): Promise<Kind> {
    const dataset = datasetBeneath(this.client.root, relative);
    const all = await catalog.sources(signal);
    const own = source === undefined ? [...all.values()].flat() : (all.get(source) ?? []);
    if (own.includes(dataset)) return catalog.open(dataset);
    throw new TransportError({
      code: 'name-invalid',
      message: `${dataset} holds no backups of ${source ?? `the client ${this.name}`}`,
      retry: 'reconnect',
      hint: 'Run the job again: it looks anew at what is there.',
    });
  }

  /** How the client names a dataset of its own. */
  relative(dataset: string): string {
    const relative = relativeDataset(this.client.root, dataset);
    if (relative !== null) return relative;
    throw new Error(`${dataset} is not beneath ${this.client.root}`);
  }

  /** Ends all that the client holds. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.answers.close(endedSession());
    await using steps = new AsyncDisposableStack();
    for (const catalog of [...this.#formerCatalogs, ...this.#catalogs()]) steps.use(catalog);
    steps.use(this.sessions);
  }

  #catalogs(): TargetCatalog[] {
    return [...this.#trees.values(), ...(this.#volumes === undefined ? [] : [this.#volumes])];
  }
}
