import { describe, expect, it } from 'vitest';
import { createMemoryLab, type MemoryLab, runCounted } from './lab.ts';

const SELECTION = { select: ['rbd/*', '!rbd/tmp-*'], groups: [], only: null };

function lab(...names: readonly string[]): MemoryLab {
  const made = createMemoryLab();
  for (const name of names) made.cluster.createImage(name, 10_000);
  return made;
}

const test = (made: MemoryLab, only: string | null = null) =>
  runCounted(made.context({ task: 'test', dryRun: true }), made.kind(), { ...SELECTION, only });

describe('what a job selects', () => {
  it('is resolved anew at each run: what is new is backed up, what is gone is told of', async () => {
    const made = lab('rbd/a', 'rbd/b');
    await runCounted(made.context(), made.kind(), SELECTION);
    made.cluster.removeImage('rbd/a');
    made.cluster.createImage('rbd/c', 10_000);
    made.events.length = 0;
    const counts = await runCounted(made.context(), made.kind(), SELECTION);
    expect(counts).toEqual({ succeeded: 2, failed: 0 });
    const told = made.events.filter(({ type }) => type === 'sources-vanished');
    expect(told).toEqual([{ type: 'sources-vanished', sources: ['rbd/a'] }]);
    // Its backups stay.
    expect(made.committed('pool/rbd/a')).toHaveLength(1);
    expect(made.committed('pool/rbd/c')).toHaveLength(1);
  });

  it('is explained, without changing anything', async () => {
    const made = lab('rbd/a', 'rbd/gone', 'rbd/tmp-1');
    await runCounted(made.context(), made.kind(), SELECTION);
    made.cluster.removeImage('rbd/gone');
    made.cluster.createImage('rbd/new', 10_000);
    made.cluster.createImage('other/x', 10_000);
    const datasets = [...made.pool.datasets.keys()];
    made.events.length = 0;
    expect(await test(made)).toEqual({ succeeded: 0, failed: 0 });
    const no = { selected: false, group: null, dataset: null, state: 'new' };
    const yes = { selected: true, pattern: 'rbd/*', group: null };
    expect(made.events).toEqual([
      {
        type: 'selection-explained',
        verdicts: [
          { source: 'other/x', pattern: null, ...no },
          { source: 'rbd/a', ...yes, dataset: 'pool/rbd/a', state: 'backed-up' },
          { source: 'rbd/new', ...yes, dataset: 'pool/rbd/new', state: 'new' },
          { source: 'rbd/tmp-1', pattern: '!rbd/tmp-*', ...no },
          { source: 'rbd/gone', ...yes, dataset: 'pool/rbd/gone', state: 'vanished' },
        ],
      },
    ]);
    expect([...made.pool.datasets.keys()]).toEqual(datasets);
  });

  it('is explained for a part of it', async () => {
    const made = lab('rbd/a', 'rbd/b');
    await test(made, 'rbd/b');
    expect(made.events).toMatchObject([{ verdicts: [{ source: 'rbd/b' }] }]);
  });
});
