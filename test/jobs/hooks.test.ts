import { describe, expect, it } from 'vitest';
import { backUpSource, planSource } from '../../src/jobs/back-up.ts';
import { JobError } from '../../src/jobs/errors.ts';
import type { RunHooks } from '../../src/jobs/hooks/hook.ts';
import { runJob } from '../../src/jobs/run.ts';
import { CephError } from '../../src/source/ceph/errors.ts';
import { hangs } from '../fakes/faults.ts';
import { FAILED, type FakeHook, fakeHooks, hook, untilCancelled } from '../fakes/hooks.ts';
import { createMemoryLab, IMAGE } from './lab.ts';

const DATASET = `pool/${IMAGE}`;
const FROZEN = {
  before_snapshot: [hook('freeze', 'abort')],
  after_snapshot: [hook('thaw', 'continue')],
};
const CANCELLED = new JobError({ code: 'cancelled', message: 'cancelled', retry: 'never' });

/** A lab in which hooks and all that is done around them note down that it was their turn. */
function lab(
  hooks: Parameters<typeof fakeHooks>[0] = FROZEN,
  programs: Readonly<Record<string, FakeHook>> = {},
) {
  const made = createMemoryLab();
  made.cluster.createImage(IMAGE, 100_000).write(5_000, Buffer.alloc(30_000, 1));
  const log: string[] = [];
  const told = new Map<string, Readonly<Record<string, string>>>();
  const controller = new AbortController();
  const names = Object.values(hooks).flatMap((list) =>
    list.map(({ command }) => (command[0] ?? '').replace('/hooks/', '')),
  );
  const noting = Object.fromEntries(
    names.map((name): [string, FakeHook] => [
      name,
      (order) => {
        log.push(name);
        told.set(name, order.env);
        return programs[name]?.(order);
      },
    ]),
  );
  const runHooks: RunHooks = fakeHooks(hooks, noting);
  for (const point of ['claim', 'begin', 'commit'] as const) {
    made.pool.at(point, () => log.push(point));
  }
  made.cluster.faults.at('createSnapshot', () => {
    log.push('createSnapshot');
  });
  made.cluster.faults.at('createdSnapshot', () => {
    log.push('made');
  });
  const silences: number[] = [];
  const context = (changes = {}) => ({
    ...made.context(changes, controller.signal),
    hooks: runHooks,
    allowSilence: (ms: number) => void silences.push(ms),
  });
  return {
    ...made,
    log,
    told,
    silences,
    cancel: () => controller.abort(CANCELLED),
    context,
    run: () => backUpSource(context(), made.kind(), IMAGE),
    snapshots: () => made.cluster.image(IMAGE).snapshots.map(({ name }) => name),
    warnings: () => made.events.filter((event) => event.type === 'warning'),
    finished: () =>
      made.events.flatMap((event) =>
        event.type === 'hook-finished' ? [[event.command, event.outcome]] : [],
      ),
  };
}

describe('the hooks of a snapshot', () => {
  it('are run directly around it: after its name is claimed, before the transfer begins', async () => {
    const made = lab();
    await made.run();
    expect(made.log).toEqual([
      'claim',
      'freeze',
      'createSnapshot',
      'made',
      'thaw',
      'begin',
      'commit',
    ]);
  });

  it('are told what it is about', async () => {
    const made = lab();
    await made.run();
    const [{ name } = { name: '' }] = made.committed();
    const common = {
      CEPH2ZFS_JOB: 'vms',
      CEPH2ZFS_RUN: 'r1',
      CEPH2ZFS_DRY_RUN: '0',
      CEPH2ZFS_SOURCE: IMAGE,
      CEPH2ZFS_SOURCE_KIND: 'rbd',
      CEPH2ZFS_DATASET: DATASET,
      CEPH2ZFS_SNAPSHOT: name,
    };
    expect(made.told.get('freeze')).toEqual({ CEPH2ZFS_HOOK: 'before_snapshot', ...common });
    expect(made.told.get('thaw')).toEqual({ CEPH2ZFS_HOOK: 'after_snapshot', ...common });
  });

  it('are told of as they begin and end, with what the watchdog has to allow', async () => {
    const made = lab();
    await made.run();
    const about = { hook: 'before_snapshot', source: IMAGE, command: '/hooks/freeze' };
    expect(made.events).toContainEqual({ type: 'hook-started', ...about });
    expect(made.events).toContainEqual({
      type: 'hook-finished',
      ...about,
      durationMs: 400,
      outcome: 'ok',
    });
    // A minute, and five seconds until it is killed; the other one of the two is for the diff.
    expect(made.silences.filter((ms) => ms > 65_000)).toHaveLength(2);
  });

  it('freeze once and thaw once, though the name was taken at first', async () => {
    const made = lab();
    let attempts = 0;
    made.cluster.faults.at('createSnapshot', () => {
      made.log.push('createSnapshot');
      if (++attempts === 1) throw new CephError('snapshot-exists', 'another job was quicker');
    });
    await made.run();
    expect(made.log.slice(0, -2)).toEqual([
      'claim',
      'freeze',
      'createSnapshot',
      'claim',
      'createSnapshot',
      'made',
      'thaw',
    ]);
    // The one that was made, not the one that was tried first.
    expect(made.told.get('thaw')?.['CEPH2ZFS_SNAPSHOT']).toBe(made.committed()[0]?.name);
  });

  it('are not run when no snapshot is made: a transfer that was cut off goes on with the one that it has', async () => {
    const made = lab();
    made.pool.at('commit', () => {
      throw new Error('killed here');
    });
    await expect(made.run()).rejects.toThrow('killed here');
    made.pool.at('commit', () => made.log.push('commit'));
    made.log.length = 0;
    await made.run();
    expect(made.log.filter((word) => ['commit', 'freeze', 'thaw'].includes(word))).toEqual([
      'commit',
      'freeze',
      'thaw',
      'commit',
    ]);
  });

  it('thaw when the snapshot fails, and say why', async () => {
    const made = lab();
    made.cluster.faults.at('createSnapshot', () => {
      throw new CephError('snapshot-stalled', 'no answer\0 at all');
    });
    await expect(made.run()).rejects.toMatchObject({ code: 'snapshot-stalled' });
    expect(made.log).toEqual(['claim', 'freeze', 'thaw']);
    expect(made.told.get('thaw')).toMatchObject({ CEPH2ZFS_ERROR: 'no answer at all' });
    expect(made.told.get('thaw')).not.toHaveProperty('CEPH2ZFS_SNAPSHOT');
  });

  it('thaw when the freeze fails, without a snapshot', async () => {
    const made = lab(
      { ...FROZEN, before_snapshot: [hook('freeze', 'abort'), hook('second', 'abort')] },
      { freeze: () => FAILED },
    );
    await expect(made.run()).rejects.toMatchObject({
      code: 'hook-failed',
      retry: 'backoff',
      message:
        'the before_snapshot hook `/hooks/freeze now` failed with exit status 3; it said:\nfreeze said so',
    });
    expect(made.log).toEqual(['claim', 'freeze', 'thaw']);
    expect(made.snapshots()).toEqual([]);
    expect(made.told.get('thaw')?.['CEPH2ZFS_ERROR']).toContain('failed with exit status 3');
  });

  it('go on with a warning when a freeze that may fail does', async () => {
    const made = lab(
      {
        ...FROZEN,
        before_snapshot: [hook('freeze', 'continue'), hook('second', 'abort')],
      },
      { freeze: () => ({ type: 'timed-out' }) },
    );
    await made.run();
    expect(made.warnings()).toMatchObject([{ code: 'hook-timeout', source: IMAGE }]);
    expect(made.log).toEqual([
      'claim',
      'freeze',
      'second',
      'createSnapshot',
      'made',
      'thaw',
      'begin',
      'commit',
    ]);
  });

  it('thaw when the run is cancelled while the source is being frozen', async () => {
    const made = lab(FROZEN, { freeze: untilCancelled });
    const running = made.run();
    await expect.poll(() => made.log).toContain('freeze');
    made.cancel();
    await expect(running).rejects.toBe(CANCELLED);
    expect(made.log).toEqual(['claim', 'freeze', 'thaw']);
    expect(made.told.get('thaw')?.['CEPH2ZFS_ERROR']).toBe('cancelled');
    expect(made.finished()).toEqual([
      ['/hooks/freeze', 'cancelled'],
      ['/hooks/thaw', 'ok'],
    ]);
  });

  it('thaw when the run is cancelled while the snapshot is being made', async () => {
    const made = lab();
    const hang = hangs();
    made.cluster.faults.at('createSnapshot', (about) => {
      made.log.push('createSnapshot');
      return hang(about);
    });
    const running = made.run();
    await expect.poll(() => made.log).toContain('createSnapshot');
    made.cancel();
    await expect(running).rejects.toBe(CANCELLED);
    expect(made.log).toEqual(['claim', 'freeze', 'createSnapshot', 'thaw']);
  });

  it('thaw to the end, and all of it, when the run is cancelled meanwhile; nothing is transferred then', async () => {
    const two = { ...FROZEN, after_snapshot: [hook('thaw', 'continue'), hook('tell', 'continue')] };
    const made = lab(two, {
      thaw: ({ signal }) => {
        expect(signal).toBe(null);
        made.cancel();
      },
    });
    await expect(made.run()).rejects.toBe(CANCELLED);
    expect(made.log).toEqual(['claim', 'freeze', 'createSnapshot', 'made', 'thaw', 'tell']);
  });

  it('are not begun when the run was cancelled before', async () => {
    const made = lab();
    made.pool.at('claim', () => {
      made.log.push('claim');
      made.cancel();
    });
    await expect(made.run()).rejects.toBe(CANCELLED);
    expect(made.log).toEqual(['claim']);
  });

  it('thaw all, though the first thaw fails, and then transfer nothing if that says so', async () => {
    const after = ['thaw', 'thaw2', 'thaw3'].map((name) => hook(name, 'abort'));
    const made = lab(
      { ...FROZEN, after_snapshot: after },
      { thaw: () => FAILED, thaw2: () => FAILED },
    );
    await expect(made.run()).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining('/hooks/thaw now'),
      hint: expect.stringContaining('thaw it by hand'),
    });
    expect(made.log.slice(-3)).toEqual(['thaw', 'thaw2', 'thaw3']);
    // The other failure is not lost.
    expect(made.warnings()).toMatchObject([
      { code: 'hook-failed', message: expect.stringContaining('/hooks/thaw2 now') },
    ]);
    // The next run uses or removes the snapshot that was made, as after any failure.
    made.log.length = 0;
    await expect(made.run()).rejects.toMatchObject({ code: 'hook-failed' });
    expect(made.committed()).toHaveLength(1);
  });

  it('back up all the same after a failed thaw, with a warning, unless told otherwise', async () => {
    const made = lab(FROZEN, { thaw: () => FAILED });
    await made.run();
    expect(made.committed()).toHaveLength(1);
    expect(made.warnings()).toMatchObject([
      { code: 'hook-failed', source: IMAGE, hint: expect.stringContaining('thaw it by hand') },
    ]);
  });

  it('tell of a failed thaw also when the snapshot failed, which is what the source fails with', async () => {
    const made = lab(
      { ...FROZEN, after_snapshot: [hook('thaw', 'abort')] },
      { thaw: () => FAILED },
    );
    made.cluster.faults.at('createSnapshot', () => {
      throw new CephError('snapshot-stalled', 'no answer');
    });
    await expect(made.run()).rejects.toMatchObject({ code: 'snapshot-stalled' });
    expect(made.warnings()).toMatchObject([{ code: 'hook-failed' }]);
  });

  it('need none before it to be run after it', async () => {
    const made = lab({ after_snapshot: [hook('tell', 'abort')] });
    await made.run();
    expect(made.log).toEqual(['claim', 'createSnapshot', 'made', 'tell', 'begin', 'commit']);
  });

  it('are not run by a dry run', async () => {
    const made = lab();
    await planSource(made.context({ dryRun: true }), made.kind(), IMAGE);
    expect(made.log).toEqual([]);
  });

  it('fail their source only', async () => {
    const made = lab(FROZEN, {
      freeze: ({ env }) => (env['CEPH2ZFS_SOURCE'] === IMAGE ? FAILED : undefined),
    });
    made.cluster.createImage('rbd/zz', 100_000).write(5_000, Buffer.alloc(30_000, 1));
    const counts: unknown[] = [];
    await runJob(
      made.context(),
      made.kind(),
      { select: ['rbd/*'], groups: [], only: null },
      (told) => counts.push(told),
    );
    expect(counts).toEqual([
      { succeeded: 0, failed: 1 },
      { succeeded: 1, failed: 1 },
    ]);
    const failed = made.events.filter((event) => event.type === 'transfer-failed');
    expect(failed).toMatchObject([{ source: IMAGE, error: { code: 'hook-failed' } }]);
  });
});
