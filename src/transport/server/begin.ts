import type { Target, TargetCatalog } from '../../core/target.ts';
import { invalidMessage, TransportError } from '../errors.ts';
import { datasetBeneath, requireSnapshotName, requireSourceName } from '../protocol/names.ts';
import { OUR_FEATURES } from '../protocol/version.ts';
import { Desk, endedSession, type Perform } from './desk.ts';
import type { Guest } from './guest.ts';
import type { SinkMemory, TransferMemory } from './memory.ts';
import type { TransferSession, TransferSubject } from './sessions.ts';
import type { Wish } from './share.ts';
import { Traffic } from './traffic.ts';
import type { Windows, Work } from './work.ts';

/** What every order of a transfer has. */
interface Order {
  readonly source: string;
  readonly snapshot: { readonly name: string };
  readonly base: string | null;
  readonly checkpoint?: { readonly name: string } | null;
}

interface Begun<Told> {
  readonly work: Work;
  readonly told: Told;
}

export interface Beginning<Kind extends Target, Told> {
  readonly guest: Guest;
  /** Where its memory comes from, and how much it wants. */
  readonly memory: SinkMemory;
  readonly wish: Wish;
  /** Requests without data that it may have under way. */
  readonly requests: number;
  readonly catalog: TargetCatalog<Kind>;
  /** Ids of the transfer, and of the client's lock, if it has one. */
  readonly session: string;
  readonly lock: string | null;
  /** What the client makes use of, of what was agreed on. */
  readonly features?: readonly string[] | undefined;
  /** As the client named it. */
  readonly dataset: string;
  readonly order: Order;
  readonly kind: TransferSubject['kind'];
  /** What the lock is of. */
  readonly key: string;
  /** Prepares the target; what is told goes to the client. */
  readonly begin: (target: Kind, memory: TransferMemory) => Promise<Begun<Told>>;
}

/**
 * Opens a transfer. It goes on under the client's lock of the source, or under one that is taken for it; there is one
 * transfer for each lock, and so one for each dataset. Tells how much the client may send at once, and what `begin` tells.
 */
export async function beginTransfer<Kind extends Target, Told>(
  options: Beginning<Kind, Told>,
  signal: AbortSignal,
): Promise<Windows & Told> {
  const { guest, session, order, requests, features = [] } = options;
  checkOrder(order);
  requireFeatures(features);
  const dataset = datasetBeneath(guest.client.root, options.dataset);
  const about = { kind: options.kind, source: order.source, dataset };
  let told: (Windows & Told) | undefined;
  await guest.sessions.open(session, async () => {
    await using held = new AsyncDisposableStack();
    const memory = held.use(options.memory.grant(guest, options.wish));
    held.defer(await lockFor(options));
    const begun = await beginLocked(options, memory, signal);
    const windows = { pieces: memory.pieces, requests };
    told = { ...windows, ...begun.told };
    const traffic = new Traffic(guest.totals);
    return transferOf(begun.work, { about, features, traffic }, windows, held.move());
  });
  return told as Windows & Told;
}

async function beginLocked<Kind extends Target, Told>(
  { guest, catalog, dataset, order, begin }: Beginning<Kind, Told>,
  memory: TransferMemory,
  signal: AbortSignal,
): Promise<Begun<Told>> {
  return begin(await guest.target(catalog, dataset, signal, order.source), memory);
}

function transferOf(
  work: Work,
  facts: Pick<TransferSession, 'about' | 'features' | 'traffic'>,
  { pieces, requests }: Windows,
  held: AsyncDisposable,
): TransferSession {
  const perform: Perform = (request, tools) => {
    const end = facts.traffic.begin('working');
    return work.perform(request, tools).finally(end);
  };
  const desk = new Desk(perform, pieces + requests);
  let committing: Promise<unknown> = Promise.resolve();
  return {
    kind: 'transfer',
    ...facts,
    work,
    desk,
    async commit(scan, signal) {
      const commit = work.commit(scan, signal);
      committing = commit.catch(() => undefined);
      return commit;
    },
    async close() {
      // Each step is taken also when one before it failed; the last in here is the first to be taken.
      await using steps = new AsyncDisposableStack();
      steps.use(held);
      steps.defer(() => work.close());
      // Whoever gets the lock next must not write into what is about to be snapshotted.
      steps.defer(async () => void (await committing));
      steps.defer(() => desk.drained());
      steps.defer(() => work.stop());
      steps.defer(() => desk.stop(endedSession()));
    },
  };
}

/** Takes the lock under which a transfer writes. What it returns gives back what was taken for the transfer alone. */
async function lockFor<Kind extends Target, Told>({
  guest,
  catalog,
  session,
  lock,
  key,
  order: { source },
}: Beginning<Kind, Told>): Promise<() => Promise<void>> {
  if (lock === null) {
    const taken = await catalog.lock(source);
    return async () => taken[Symbol.asyncDispose]();
  }
  const held = guest.sessions.get(lock, 'lock');
  if (held.key !== key) throw invalidMessage(`the lock is not of ${source}`);
  if (held.user !== null) throw busy(source);
  held.user = session;
  return async () => {
    held.user = null;
  };
}

function checkOrder({ source, snapshot, base, checkpoint }: Order): void {
  requireSourceName(source);
  requireSnapshotName(snapshot.name);
  if (base !== null) requireSnapshotName(base);
  if (checkpoint) requireSnapshotName(checkpoint.name);
}

function requireFeatures(features: readonly string[]): void {
  const strange = features.find((feature) => !OUR_FEATURES.includes(feature));
  if (strange !== undefined) throw invalidMessage(`the sink has no feature ${strange}`);
}

function busy(source: string): TransportError {
  return new TransportError({
    code: 'target-busy',
    message: `another transfer is writing the backup of ${source}`,
    retry: 'backoff',
    hint: 'Wait for it to end, then run the job again.',
  });
}
