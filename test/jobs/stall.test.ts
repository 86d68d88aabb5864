import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RunEventBody } from '../../src/core/events.ts';
import { createWatchers } from '../../src/runner/watchers.ts';
import { type Fault, hangs } from '../fakes/faults.ts';
import { createMemoryLab, runCounted } from './lab.ts';

const STALL_MS = 400;
const GRACE_MS = 400;
const SELECTION = { select: ['rbd/*'], groups: [], only: null };

/** A call into a library that never returns, whatever is asked of it. */
const isDeaf: Fault = () => new Promise(() => undefined);

/** A run of images of which some strike a fault while they are read, with watchers as a real run has them. */
function makeRun(names: readonly string[], broken: readonly string[], fault: Fault) {
  const lab = createMemoryLab();
  for (const name of names) {
    lab.cluster.createImage(name, 100_000).write(5_000, Buffer.alloc(30_000, 1));
  }
  lab.cluster.faults.at('read', (told) => (broken.includes(told.image) ? fault(told) : undefined));
  const controller = new AbortController();
  const watchers = createWatchers({
    stallMs: STALL_MS,
    graceMs: GRACE_MS,
    onStall: (error) => controller.abort(error),
  });
  function run(transfers: number) {
    const context = lab.context({ transfers }, controller.signal);
    const emit = (event: RunEventBody) => {
      watchers.touch('source' in event ? event.source : null, event.type);
      context.emit(event);
    };
    const watch = (source: string) => watchers.watch(source);
    return runCounted({ ...context, emit, watch }, lab.kind(), SELECTION);
  }
  return {
    lab,
    run,
    signal: controller.signal,
    [Symbol.dispose]: () => watchers[Symbol.dispose](),
  };
}

function failures(events: readonly RunEventBody[]) {
  return events.filter((event) => event.type === 'transfer-failed');
}

it.each([1, 2])(
  'a source that stands still fails, and the others go on (%i at a time)',
  async (transfers) => {
    using made = makeRun(['rbd/a', 'rbd/b', 'rbd/c'], ['rbd/a'], hangs());
    expect(await made.run(transfers)).toEqual({ succeeded: 2, failed: 1 });
    expect(made.signal.aborted).toBe(false);
    expect(failures(made.lab.events)).toMatchObject([
      {
        source: 'rbd/a',
        error: {
          code: 'stalled',
          retry: 'reconnect',
          message: expect.stringContaining('no progress'),
          hint: expect.stringContaining('ceph health detail'),
        },
      },
    ]);
    expect(made.lab.committed('pool/rbd/a')).toEqual([]);
    for (const name of ['rbd/b', 'rbd/c']) {
      expect(made.lab.committed(`pool/${name}`)).toHaveLength(1);
    }
    expect(made.lab.lentBuffers()).toBe(0);
  },
);

it('is what a source failed with, also when what it waited for has words of its own for that', async () => {
  const sleeps: Fault = ({ signal }) => sleep(60_000, undefined, { signal });
  using made = makeRun(['rbd/a'], ['rbd/a'], sleeps);
  await made.run(1);
  expect(failures(made.lab.events)).toMatchObject([{ error: { code: 'stalled' } }]);
});

it('goes on with a source that stood still with the next run', async () => {
  using made = makeRun(['rbd/a'], ['rbd/a'], hangs());
  expect(await made.run(1)).toEqual({ succeeded: 0, failed: 1 });
  made.lab.cluster.faults.at('read', null);
  expect(await made.run(1)).toEqual({ succeeded: 1, failed: 0 });
});

it('the run is told to end when a source cannot be cancelled', async () => {
  using made = makeRun(['rbd/a', 'rbd/b'], ['rbd/a'], isDeaf);
  void made.run(2);
  await expect.poll(() => made.signal.aborted, { timeout: 5000 }).toBe(true);
  expect(made.signal.reason).toMatchObject({
    code: 'stalled',
    message: expect.stringContaining('cannot be cancelled'),
    hint: expect.stringContaining('zpool status'),
  });
  expect(made.lab.committed('pool/rbd/b')).toHaveLength(1);
});

it('a cluster that stands still ends the run, and not each source of it in its turn', async () => {
  const names = ['rbd/a', 'rbd/b', 'rbd/c', 'rbd/d', 'rbd/e'];
  using made = makeRun(names, names, hangs());
  await expect(made.run(1)).rejects.toMatchObject({
    code: 'stalled',
    message: expect.stringMatching(/^3 sources in a row made no progress.*no progress for/),
    hint: expect.stringContaining('ceph health detail'),
  });
  expect(failures(made.lab.events).map(({ source }) => source)).toEqual(names.slice(0, 3));
});

it('sources that stand still among others that do not are no cluster that does', async () => {
  const names = ['rbd/a', 'rbd/b', 'rbd/c', 'rbd/d', 'rbd/e'];
  using made = makeRun(names, ['rbd/a', 'rbd/b', 'rbd/d', 'rbd/e'], hangs());
  expect(await made.run(1)).toEqual({ succeeded: 1, failed: 4 });
});
