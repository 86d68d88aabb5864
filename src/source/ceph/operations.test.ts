import { describe, expect, it } from 'vitest';
import { Operations, within } from './operations.ts';

const never = new AbortController().signal;

describe('Operations', () => {
  it('does not begin what is aborted already', async () => {
    let began = false;
    const reason = new Error('stop');
    const run = new Operations().run(AbortSignal.abort(reason), async () => {
      began = true;
    });
    await expect(run).rejects.toBe(reason);
    expect(began).toBe(false);
  });

  it('lets the caller go at an abort, and still knows that the work goes on', async () => {
    const operations = new Operations();
    const work = Promise.withResolvers<void>();
    const controller = new AbortController();
    const reason = new Error('stop');
    const run = operations.run(controller.signal, () => work.promise);
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(await operations.settle(10)).toBe(false);
    work.resolve();
    expect(await operations.settle(10)).toBe(true);
  });

  it('is settled by failures too', async () => {
    const operations = new Operations();
    const failure = new Error('no');
    await expect(operations.run(never, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await operations.settle()).toBe(true);
  });

  it('waits for what begins while it waits', async () => {
    const operations = new Operations();
    const release = operations.hold();
    const later = Promise.withResolvers<void>();
    const settled = operations.settle(200);
    operations.track(later.promise);
    release();
    expect(await settled).toBe(false);
    later.resolve();
    expect(await operations.settle(10)).toBe(true);
  });

  it('waits for what is held open', async () => {
    const operations = new Operations();
    const release = operations.hold();
    expect(await operations.settle(10)).toBe(false);
    release();
    expect(await operations.settle(10)).toBe(true);
  });
});

describe('within', () => {
  it('gives the result, or the other value when it takes too long', async () => {
    expect(await within(Promise.resolve('done'), 1000, 'late')).toBe('done');
    expect(await within(new Promise(() => undefined), 10, 'late')).toBe('late');
  });
});
