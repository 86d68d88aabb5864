import { describe, expect, it } from 'vitest';
import { createMemoryLab, type MemoryLab, runCounted, UNWATCHED } from './lab.ts';

const NAMES = ['rbd/a', 'rbd/b', 'rbd/c', 'rbd/d', 'rbd/e'];
const SELECTION = { select: ['rbd/*'], groups: [], only: null };

function lab(): MemoryLab {
  const made = createMemoryLab();
  for (const name of NAMES) {
    made.cluster.createImage(name, 100_000).write(5_000, Buffer.alloc(30_000, 1));
  }
  return made;
}

/** How many sources were under way at a time at most, by the events. */
function mostAtATime(made: MemoryLab): number {
  const active = new Set<string>();
  let most = 0;
  for (const event of made.events) {
    if (event.type === 'transfer-phase') active.add(event.source);
    most = Math.max(most, active.size);
    if (event.type === 'transfer-failed') active.delete(event.source);
    // What follows a finished transfer is its cleaning.
    if (event.type === 'transfer-phase' && event.phase === 'cleaning') active.delete(event.source);
  }
  return most;
}

describe('a run of several sources', () => {
  it.each([1, 2, 4])('transfers %i at a time, and all in the end', async (transfers) => {
    const made = lab();
    const counts = await runCounted(made.context({ transfers }), made.kind(), SELECTION);
    expect(counts).toEqual({ succeeded: NAMES.length, failed: 0 });
    expect(mostAtATime(made)).toBe(transfers);
    for (const name of NAMES) expect(made.committed(`pool/${name}`)).toHaveLength(1);
    expect(made.lentBuffers()).toBe(0);
  });

  it('goes on with the others when one fails', async () => {
    const made = lab();
    made.cluster.createImage('rbd/broken', 100_000);
    await using _busy = await made.kind().targets.lock('rbd/broken');
    const counts = await runCounted(made.context({ transfers: 3 }), made.kind(), SELECTION);
    expect(counts).toEqual({ succeeded: NAMES.length, failed: 1 });
  });

  it('begins no more when it is cancelled, and waits for those that go on', async () => {
    const made = lab();
    const abort = new AbortController();
    made.pool.at('commit', () => {
      abort.abort(new Error('enough'));
      abort.signal.throwIfAborted();
    });
    const context = made.context({ transfers: 2 }, abort.signal);
    await expect(runCounted(context, made.kind(), SELECTION)).rejects.toThrow('enough');
    const begun = made.events.filter(
      (event) => event.type === 'transfer-phase' && event.phase === 'planning',
    );
    expect(begun.length).toBeLessThanOrEqual(2);
    expect(made.lentBuffers()).toBe(0);
  });

  it('watches each while it goes on', async () => {
    const made = lab();
    const watched: string[] = [];
    const context = {
      ...made.context({ transfers: 2 }),
      watch: (source: string) => {
        watched.push(`+${source}`);
        return {
          ...UNWATCHED,
          [Symbol.dispose]: () => void watched.push(`-${source}`),
        };
      },
    };
    await runCounted(context, made.kind(), SELECTION);
    expect(watched.toSorted()).toEqual(
      NAMES.flatMap((name) => [`+${name}`, `-${name}`]).toSorted(),
    );
  });
});
