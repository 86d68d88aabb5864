import { afterEach, describe, expect, it } from 'vitest';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

const url = new URL('../../test/support/worker-under-test.ts', import.meta.url);
const pools: WorkerPool[] = [];

function open(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const pool = createWorkerPool({ url, count: 2, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool[Symbol.asyncDispose]()));
});

describe('a call', () => {
  it('brings arguments there and the result back', async () => {
    expect(await open().call('add', [1, 2n])).toBe(3n);
  });

  it('gives the worker what it was made with', async () => {
    const workerData = { mount: 7n };
    expect(await open({ workerData }).call('data', [])).toEqual(workerData);
  });

  it('moves memory both ways instead of copying it', async () => {
    const buffer = new ArrayBuffer(10);
    const back = await open().call<ArrayBuffer>('bytes', [buffer], { transfer: [buffer] });
    expect(buffer.detached).toBe(true);
    expect(back.byteLength).toBe(10);
  });

  it('goes to the worker that is named, else to the least busy one', async () => {
    const pool = open();
    const [first, second] = await Promise.all([
      pool.call<number>('thread', [], { worker: 0 }),
      pool.call<number>('thread', [], { worker: 1 }),
    ]);
    expect(first).not.toBe(second);
    expect(await pool.call('thread', [])).toBe(first);
    const busy = pool.call('block', [300]);
    expect(await pool.call('thread', [])).toBe(second);
    await busy;
    await expect(pool.call('thread', [], { worker: 2 })).rejects.toThrow('no worker 2 of 2');
  });

  it('may overtake another one whose handler waits', async () => {
    const pool = open({ count: 1 });
    const order: string[] = [];
    const note = (answer: string) => order.push(answer);
    await Promise.all([
      pool.call<string>('sleep', [50, 'slow']).then(note),
      pool.call<string>('sleep', [0, 'quick']).then(note),
    ]);
    expect(order).toEqual(['quick', 'slow']);
  });
});

describe('an error', () => {
  it('crosses with its name, message and plain properties', async () => {
    const error: unknown = await open()
      .call('fail', [])
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'OddError', message: 'it is odd', call: 'f', errno: 2 });
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('inner');
  });

  it('is rebuilt by the caller where its class matters', async () => {
    const pool = open({
      rebuild: ({ properties }) => new RangeError(`rebuilt ${properties['errno']}`),
    });
    await expect(pool.call('fail', [])).rejects.toThrow(new RangeError('rebuilt 2'));
  });

  it.each([
    ['failPlainly', [], 'only a text'],
    ['nonsense', [], 'no method nonsense'],
    ['unclonable', [], 'could not be cloned'],
    ['add', [() => undefined], 'could not be cloned'],
  ])('does no harm to the worker: %s', async (method, args, message) => {
    const pool = open({ count: 1 });
    await expect(pool.call(method, args)).rejects.toThrow(message);
    expect(await pool.call('add', [1, 1n])).toBe(2n);
  });

  it.each([
    ['die', 'the worker broke'],
    ['exit', 'ended by itself, with code 3'],
  ])('that ends a worker fails its calls and all later ones: %s', async (method, message) => {
    const pool = open();
    const waiting = pool.call('sleep', [10_000, ''], { worker: 0 });
    waiting.catch(() => undefined);
    const other = pool.call('sleep', [100, 'done'], { worker: 1 });
    await expect(pool.call(method, [], { worker: 0 })).rejects.toThrow(message);
    await expect(waiting).rejects.toThrow(message);
    await expect(pool.call('add', [1, 1n], { worker: 1 })).rejects.toThrow(message);
    expect(await other).toBe('done');
  });
});

describe('closing', () => {
  it('waits for the calls that were made, and takes no more', async () => {
    const pool = open();
    let done = false;
    const work = pool.call('block', [200]).then(() => {
      done = true;
    });
    const closing = pool[Symbol.asyncDispose]();
    await expect(pool.call('add', [1, 1n])).rejects.toThrow('closed');
    await closing;
    expect(done).toBe(true);
    await work;
    await pool[Symbol.asyncDispose]();
  });

  it('of a pool that was never used does nothing', async () => {
    await open()[Symbol.asyncDispose]();
  });
});
