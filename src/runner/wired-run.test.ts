import { describe, expect, it, vi } from 'vitest';
import { NO_RUN_HOOKS } from '../../test/fakes/hooks.ts';
import { UNWATCHED } from '../../test/jobs/lab.ts';
import type { SourceCatalog } from '../core/source.ts';
import type { TargetCatalog } from '../core/target.ts';
import type { JobContext, JobKind } from '../jobs/context.ts';
import { wiredRun } from './wired-run.ts';

const unused = async (): Promise<never> => {
  throw new Error('not for this test');
};

/** A run without sources, whose parts note down when they are closed; some of them fail then. */
function makeRun(...failing: readonly ('sources' | 'targets')[]) {
  const closed: string[] = [];
  const close = (part: 'sources' | 'targets') => async (): Promise<void> => {
    closed.push(part);
    if (failing.includes(part)) throw new Error(`cannot close the ${part}`);
  };
  const sources: SourceCatalog<never, never> = {
    problems: [],
    list: async () => ['rbd/a'],
    open: unused,
    groups: unused,
    [Symbol.asyncDispose]: close('sources'),
  };
  const targets: TargetCatalog<never> = {
    check: async () => undefined,
    canPrune: unused,
    lock: unused,
    sources: async () => new Map(),
    generations: unused,
    open: () => {
      throw new Error('not for this test');
    },
    nextDataset: unused,
    create: unused,
    [Symbol.asyncDispose]: close('targets'),
  };
  const kind: JobKind<never, never, never> = {
    nouns: 'images',
    selectHint: '',
    sources,
    targets,
    transfer: unused,
    estimate: unused,
  };
  const context: JobContext = {
    options: {
      task: 'back-up',
      prefix: 'c2z',
      full: false,
      dryRun: false,
      keep: { target: null, source: {}, timeZone: 'UTC' },
      transfers: 1,
    },
    emit: () => undefined,
    allowSilence: () => undefined,
    watch: () => UNWATCHED,
    pace: async () => undefined,
    hooks: NO_RUN_HOOKS,
    signal: new AbortController().signal,
    now: () => new Date(),
    random: Math.random,
  };
  return { run: wiredRun(context, kind, { select: ['rbd/*'], groups: [], only: null }), closed };
}

describe('a wired run', () => {
  it('leaves its parts open while it runs, and closes the targets before the sources', async () => {
    const { run, closed } = makeRun();
    const tell = vi.fn();
    await run.run(tell);
    expect(tell.mock.lastCall).toEqual([{ succeeded: 0, failed: 1 }]);
    expect(closed).toEqual([]);
    await run[Symbol.asyncDispose]();
    expect(closed).toEqual(['targets', 'sources']);
  });

  it('closes the sources also when the targets cannot be closed, and says so', async () => {
    const { run, closed } = makeRun('targets');
    await expect(run[Symbol.asyncDispose]()).rejects.toThrow('cannot close the targets');
    expect(closed).toEqual(['targets', 'sources']);
  });

  it('names one of them when neither can be closed', async () => {
    const { run } = makeRun('targets', 'sources');
    await expect(run[Symbol.asyncDispose]()).rejects.toThrow('cannot close the sources');
  });
});
