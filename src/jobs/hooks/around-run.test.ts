import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  FAILED,
  type FakeHook,
  fakeHooks,
  hook,
  untilCancelled,
} from '../../../test/fakes/hooks.ts';
import type { RunEventBody } from '../../core/events.ts';
import { JobError } from '../errors.ts';
import { withRunHooks } from './around-run.ts';
import { runAfterHooks } from './run-hooks.ts';

const CANCELLED = new JobError({ code: 'cancelled', message: 'cancelled', retry: 'never' });

const BOTH = { before: [hook('begin', 'abort')], after: [hook('end', 'continue')] };

function start(
  hooks: Parameters<typeof fakeHooks>[0],
  programs: Readonly<Record<string, FakeHook>> = {},
  work: (signal: AbortSignal, log: string[]) => Promise<void> = async () => undefined,
) {
  const log: string[] = [];
  const told = new Map<string, Readonly<Record<string, string>>>();
  const events: RunEventBody[] = [];
  const controller = new AbortController();
  const noting = (name: string): [string, FakeHook] => [
    name,
    (order) => {
      log.push(name);
      told.set(name, order.env);
      return programs[name]?.(order);
    },
  ];
  const context = {
    emit: (event: RunEventBody) => void events.push(event),
    allowSilence: () => undefined,
    signal: controller.signal,
    hooks: fakeHooks(
      hooks,
      Object.fromEntries(['begin', 'begin2', 'end', 'end2', 'thaw'].map(noting)),
    ),
  };
  const run = () =>
    withRunHooks(
      context,
      () => ({ succeeded: 2, failed: programs['fails'] === undefined ? 0 : 1 }),
      async () => {
        log.push('work');
        await work(controller.signal, log);
      },
    );
  const warnings = () => events.filter((event) => event.type === 'warning');
  return { log, told, warnings, run, context, cancel: () => controller.abort(CANCELLED) };
}

/** Work that ends as soon as it is told to. */
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

describe('the hooks of a run', () => {
  it('are run before anything is done, and at the end', async () => {
    const { run, log, told } = start(BOTH);
    await run();
    expect(log).toEqual(['begin', 'work', 'end']);
    const common = { CEPH2ZFS_JOB: 'vms', CEPH2ZFS_RUN: 'r1', CEPH2ZFS_DRY_RUN: '0' };
    expect(told.get('begin')).toEqual({ CEPH2ZFS_HOOK: 'before', ...common });
    expect(told.get('end')).toEqual({
      CEPH2ZFS_HOOK: 'after',
      ...common,
      CEPH2ZFS_OUTCOME: 'ok',
      CEPH2ZFS_SUCCEEDED: '2',
      CEPH2ZFS_FAILED: '0',
    });
  });

  it('fail the run before it does anything', async () => {
    const before = [hook('begin', 'abort'), hook('begin2', 'abort')];
    const { run, log, told } = start({ ...BOTH, before }, { begin: () => FAILED });
    await expect(run()).rejects.toMatchObject({ code: 'hook-failed' });
    expect(log).toEqual(['begin', 'end']);
    expect(told.get('end')?.['CEPH2ZFS_OUTCOME']).toBe('failed');
  });

  it('warn when they may fail', async () => {
    const before = [hook('begin', 'continue'), hook('begin2', 'abort')];
    const made = start({ ...BOTH, before }, { begin: () => FAILED, end: () => FAILED });
    await made.run();
    expect(made.log).toEqual(['begin', 'begin2', 'work', 'end']);
    expect(made.warnings()).toMatchObject([
      { code: 'hook-failed', source: null },
      { code: 'hook-failed', source: null },
    ]);
  });

  it('are run at the end when the run breaks off, and when a source failed', async () => {
    const broken = start(BOTH, {}, () => Promise.reject(new Error('no cluster')));
    await expect(broken.run()).rejects.toThrow('no cluster');
    expect(broken.told.get('end')?.['CEPH2ZFS_OUTCOME']).toBe('failed');

    const partly = start(BOTH, { fails: () => undefined });
    await partly.run();
    expect(partly.told.get('end')).toMatchObject({
      CEPH2ZFS_OUTCOME: 'failed',
      CEPH2ZFS_FAILED: '1',
    });
  });

  it('let the run count as failed at its end, if one says so, once all were run', async () => {
    const after = [hook('end', 'abort'), hook('end2', 'abort')];
    const made = start({ ...BOTH, after }, { end: () => FAILED });
    await expect(made.run()).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining('/hooks/end now'),
    });
    expect(made.log).toEqual(['begin', 'work', 'end', 'end2']);
    expect(made.warnings()).toEqual([]);
  });

  it('do not hide at its end what the run broke off with', async () => {
    const after = [hook('end', 'abort')];
    const made = start({ ...BOTH, after }, { end: () => FAILED }, () =>
      Promise.reject(new Error('no cluster')),
    );
    await expect(made.run()).rejects.toThrow('no cluster');
    expect(made.warnings()).toHaveLength(1);
  });
});

describe('the hooks of a run that is cancelled', () => {
  it('are run at its end', async () => {
    const made = start(BOTH, {}, untilAborted);
    const running = made.run();
    await expect.poll(() => made.log).toContain('work');
    made.cancel();
    await expect(running).rejects.toBe(CANCELLED);
    expect(made.told.get('end')?.['CEPH2ZFS_OUTCOME']).toBe('cancelled');
  });

  it('are ended before it, and run at its end', async () => {
    const made = start(BOTH, { begin: untilCancelled });
    const running = made.run();
    made.cancel();
    await expect(running).rejects.toBe(CANCELLED);
    expect(made.log).toEqual(['begin', 'end']);
  });
});

describe('the hooks of a run that is told to end, and is stuck', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const stuck = (): Promise<void> => new Promise(() => undefined);

  it('are run all the same after a while, and the run does not end by itself', async () => {
    const made = start(BOTH, {}, stuck);
    const ended = vi.fn();
    void made.run().then(ended, ended);
    await vi.advanceTimersByTimeAsync(60_000);
    made.cancel();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(made.log).toEqual(['begin', 'work']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(made.log).toEqual(['begin', 'work', 'end']);
    expect(made.told.get('end')?.['CEPH2ZFS_OUTCOME']).toBe('cancelled');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(ended).not.toHaveBeenCalled();
  });

  it('wait for a thaw, however long that takes', async () => {
    const hooks = { ...BOTH, after_snapshot: [hook('thaw', 'continue')] };
    const thaw: FakeHook = () => new Promise((resolve) => setTimeout(resolve, 50_000));
    const made = start(hooks, { thaw }, async (_, log) => {
      const subject = { source: 'rbd/a', kind: 'rbd', dataset: 'tank/a' } as const;
      const about = { hook: 'after_snapshot', ...subject, made: { error: 'cancelled' } } as const;
      await runAfterHooks(made.context, about, false);
      log.push('thawed');
      made.context.signal.throwIfAborted();
    });
    const running = made.run().catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    made.cancel();
    await vi.advanceTimersByTimeAsync(100_000);
    await running;
    expect(made.log).toEqual(['begin', 'work', 'thaw', 'thawed', 'end']);
  });
});
