import { setTimeout as sleep } from 'node:timers/promises';
import type { TreeCounts } from '../../core/events.ts';
import type { ScanRecord, TargetSnapshot } from '../../core/target.ts';
import type {
  DirectorySnapshot,
  TreeOrder,
  TreeSnapshot,
  TreeSource,
  TreeTarget,
  TreeWriter,
} from '../../core/tree.ts';
import { VERDICT } from '../../core/tree.ts';
import { createSlots } from '../../lib/slots.ts';
import { throttle } from '../../lib/throttle.ts';
import type { JobContext, Transfer } from '../context.ts';
import { proveStillThere } from '../take-snapshot.ts';
import { PROGRESS_MS, transferEvents } from '../transfer-events.ts';
import { compareOne } from './batch.ts';
import { Failures } from './failures.ts';
import { finishDirectories } from './finish.ts';
import type { TreeOptions } from './kind.ts';
import { Limbo } from './limbo.ts';
import { placePending } from './place.ts';
import { scanDirectory } from './scan.ts';
import { settleTime, watermarkOf, youngSince } from './watermark.ts';
import type { TreeWork } from './work.ts';
import { type Unfinished, Worklist } from './worklist.ts';

/**
 * Brings one snapshot of a tree to the target. Nothing is rolled back when a run was cut off: the records of
 * what was copied say what is left to do. The target's snapshot, made when all is as on the source, is the
 * commit.
 */
export async function transferTree(
  context: JobContext,
  options: TreeOptions,
  transfer: Transfer<TreeSource, TreeTarget, DirectorySnapshot>,
): Promise<TargetSnapshot> {
  const { signal } = context;
  const { source, target, snapshot: taken, plan } = transfer;
  const { enter, tellFinished } = transferEvents(context, transfer);
  await using snapshot = await source.openSnapshot(taken, signal);
  const order: TreeOrder = {
    source: source.name,
    identity: source.identity,
    snapshot: taken,
    base: plan.base?.target.name ?? null,
    resume: plan.resume !== null,
    youngSince: youngSince(options.scan, taken.takenAt),
    description: snapshot.description,
    size: snapshot.size,
  };
  await using writer = await target.begin(order, signal);

  const base = plan.base?.target.record.scan ?? null;
  const situation = { base, isUntouched: writer.isUntouched, takenAt: taken.takenAt };
  const watermark = watermarkOf(options.scan, situation);
  const settleMs = settleTime(options.scan, taken.takenAt, context.now().getTime());
  if (settleMs > 0) {
    enter('settling');
    context.allowSilence(settleMs);
    await sleep(settleMs, undefined, { signal });
  }

  enter('scanning');
  using worklist = new Worklist();
  const work = createWork(context, options, source.name, { snapshot, writer, worklist, watermark });
  await work.limbo.recover();
  const top = await scanTop(work);
  enter('copying');
  await placePending(work);
  enter('finishing');
  // That there was a limbo has moved the times of the top.
  if (await work.limbo.empty()) worklist.addUnfinished(top, top.links, true);
  await finishDirectories(work);
  const skipped = work.failures.count;
  if (skipped > 0) refuseOrTell(context, options, source.name, work.failures);

  enter('committing');
  await proveStillThere(source, taken, signal);
  const scan: ScanRecord = {
    takenAt: taken.takenAt,
    fullAt: watermark === null ? taken.takenAt : (base?.fullAt ?? taken.takenAt),
    skipped,
  };
  const committed = await writer.commit(scan, signal);
  tellFinished({
    diff: null,
    size: snapshot.size,
    tree: { ...work.counts, skipped },
    bytesRead: work.bytes.read,
    bytesWritten: work.bytes.written,
  });
  return committed;
}

const NOTHING: TreeCounts = {
  compared: 0,
  scanned: 0,
  pruned: 0,
  full: true,
  created: 0,
  changed: 0,
  rechecked: 0,
  renamed: 0,
  linked: 0,
  removed: 0,
  skipped: 0,
};

interface Parts {
  readonly snapshot: TreeSnapshot;
  readonly writer: TreeWriter;
  readonly worklist: Worklist;
  readonly watermark: bigint | null;
}

function createWork(
  { emit, signal, pace }: JobContext,
  options: TreeOptions,
  source: string,
  parts: Parts,
): TreeWork {
  const counts = { ...NOTHING, full: parts.watermark === null };
  const bytes = { read: 0, written: 0 };
  const tell = throttle<void>(PROGRESS_MS, () =>
    emit({
      type: 'transfer-progress',
      source,
      bytesDone: bytes.read,
      bytesTotal: null,
      bytesWritten: bytes.written,
      entries: counts.compared + counts.created,
    }),
  );
  return {
    ...parts,
    limbo: new Limbo(parts.writer, parts.worklist, signal, tell),
    failures: new Failures(),
    directories: createSlots(options.directories),
    entries: createSlots(options.entries),
    pool: options.pool,
    depth: options.depth,
    pace,
    counts,
    bytes,
    tell,
    signal,
  };
}

async function scanTop(work: TreeWork): Promise<Unfinished> {
  const { snapshot, writer, signal } = work;
  const path = Buffer.alloc(0);
  const entry = await snapshot.top(signal);
  const { verdict, links } = await compareOne(writer, path, entry, signal);
  const isSame = verdict === VERDICT.same;
  const known = { path, entry, isSame, hadLinks: links, mayPrune: true };
  const beneath = await scanDirectory(work, known);
  return { path, entry, links: beneath.links };
}

/** Entries could not be copied: either there is no backup then, or a partial one, and everybody knows. */
function refuseOrTell(
  { emit }: JobContext,
  { onError }: TreeOptions,
  source: string,
  failures: Failures,
): void {
  if (onError === 'fail') throw failures.error('nothing was committed');
  for (const { path, error } of failures.told) {
    const { message, hint = null } = error;
    emit({ type: 'warning', source, code: 'entry-skipped', message: `${path}: ${message}`, hint });
  }
  emit({
    type: 'warning',
    source,
    code: 'partial',
    message: `the backup is partial: ${failures.count} entries could not be copied`,
    hint: 'The next run looks at everything again.',
  });
}
