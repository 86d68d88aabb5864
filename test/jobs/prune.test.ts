import { describe, expect, it } from 'vitest';
import { pruneSource } from '../../src/jobs/prune/prune-source.ts';
import { createMemoryLab, IMAGE, type MemoryLab } from './lab.ts';

const DATASET = `pool/${IMAGE}`;
const LAST_TWO = { target: { last: 2 }, source: {}, timeZone: 'UTC' };

function lab(...options: Parameters<typeof createMemoryLab>): MemoryLab {
  const made = createMemoryLab(...options);
  made.cluster.createImage(IMAGE, 100_000).write(5_000, Buffer.alloc(30_000, 1));
  return made;
}

const onTarget = (made: MemoryLab): string[] => made.committed().map(({ name }) => name);
const onSource = (made: MemoryLab): string[] =>
  made.cluster.image(IMAGE).snapshots.map(({ name }) => name);

async function runs(made: MemoryLab, count: number): Promise<void> {
  for (let run = 0; run < count; run++) await made.run();
}

describe('a run with rules', () => {
  it('removes from both sides what no rule keeps, once the new backup is there', async () => {
    const made = lab({ keep: { ...LAST_TWO, target: { last: 3 }, source: { last: 2 } } });
    await runs(made, 5);
    expect(onTarget(made)).toHaveLength(3);
    expect(onSource(made)).toEqual(onTarget(made).slice(1));
    const pruned = made.events.filter((event) => event.type === 'snapshots-pruned');
    expect(pruned.map(({ side }) => side)).toEqual([
      'source',
      'source',
      'target',
      'source',
      'target',
    ]);
  });

  it('removes nothing when the transfer fails', async () => {
    const made = lab({ keep: LAST_TWO });
    await runs(made, 2);
    const before = onTarget(made);
    made.pool.at('commit', () => {
      throw new Error('killed here');
    });
    await expect(made.run()).rejects.toThrow('killed here');
    expect(onTarget(made)).toEqual(before);
  });

  it('keeps a pinned one until it is unpinned', async () => {
    const made = lab({ keep: LAST_TWO });
    await made.run();
    const [first = ''] = onTarget(made);
    made.pool.guard(DATASET, first, ['pinned']);
    await runs(made, 3);
    expect(onTarget(made)).toHaveLength(3);
    expect(onTarget(made)).toContain(first);
    made.pool.guard(DATASET, first, []);
    await made.run();
    expect(onTarget(made)).toHaveLength(2);
  });

  it('tells of one that cannot be removed, and is no failure', async () => {
    const made = lab({ keep: LAST_TWO });
    await runs(made, 2);
    const image = made.cluster.image(IMAGE);
    image.protectSnapshot(onSource(made)[0] ?? '');
    await made.run();
    const warnings = made.events.filter((event) => event.type === 'warning');
    expect(warnings).toMatchObject([{ code: 'snapshot-kept', source: IMAGE }]);
    // On the target it stays as well: it is the proof that the one on the source is ours.
    expect(onTarget(made)).toHaveLength(2);
    await made.run();
    expect(onTarget(made)).toContain(onSource(made)[0]);
  });

  it('goes on when a removal on the target is cut off', async () => {
    const made = lab({ keep: LAST_TWO });
    await runs(made, 2);
    made.pool.at('removeSnapshots', () => {
      throw new Error('killed here');
    });
    await expect(made.run()).rejects.toThrow('killed here');
    made.pool.at('removeSnapshots', null);
    await made.run();
    expect(onTarget(made)).toHaveLength(2);
  });

  it('never touches snapshots that others made', async () => {
    const made = lab({ keep: { target: { last: 1 }, source: {}, timeZone: 'UTC' } });
    await made.run();
    made.pool.snapshotByOthers(DATASET, 'by-others');
    made.cluster.image(IMAGE).createSnapshot('c2z_2020-01-01T00:00:00Z');
    await runs(made, 2);
    const names = made.pool.dataset(DATASET).snapshots.map(({ name }) => name);
    expect(names).toContain('by-others');
    expect(onSource(made)).toContain('c2z_2020-01-01T00:00:00Z');
  });
});

describe('prune', () => {
  async function prune(made: MemoryLab, dryRun: boolean) {
    const context = made.context({ task: 'prune', dryRun, keep: LAST_TWO });
    made.events.length = 0;
    await pruneSource(context, made.kind(), IMAGE);
    return made.events.filter((event) => event.type === 'prune-decided');
  }

  it('explains every snapshot, and with a dry run removes none', async () => {
    const made = lab();
    await runs(made, 3);
    const decided = await prune(made, true);
    expect(decided).toMatchObject([
      {
        side: 'source',
        dataset: null,
        decisions: [{ keep: true, reasons: ['the newest', 'base: the newest on both sides'] }],
      },
      {
        side: 'target',
        dataset: DATASET,
        decisions: [
          { keep: true, reasons: ['the newest', 'base: the newest on both sides', 'last 1 of 2'] },
          { keep: true, reasons: ['last 2 of 2'] },
          { keep: false, reasons: [] },
        ],
      },
    ]);
    expect(onTarget(made)).toHaveLength(3);
  });

  it('removes what it said it would', async () => {
    const made = lab();
    await runs(made, 3);
    const doomed = (await prune(made, true)).flatMap(({ decisions }) =>
      decisions.filter(({ keep }) => !keep).map(({ snapshot }) => snapshot),
    );
    const before = onTarget(made);
    await prune(made, false);
    expect(onTarget(made)).toEqual(before.filter((name) => !doomed.includes(name)));
    expect(made.events.at(-1)).toEqual({ type: 'source-pruned', source: IMAGE });
  });

  it('waits for no run: what another one holds is busy', async () => {
    const made = lab();
    await made.run();
    const kind = made.kind();
    await using _lock = await kind.targets.lock(IMAGE);
    const pruning = pruneSource(made.context({ task: 'prune', keep: LAST_TWO }), kind, IMAGE);
    await expect(pruning).rejects.toMatchObject({ code: 'target-busy' });
  });
});
