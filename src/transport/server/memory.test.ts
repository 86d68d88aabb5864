import { describe, expect, it } from 'vitest';
import { createSinkMemory } from './memory.ts';

const PIECE = 4 * 1024 * 1024;
const IMAGE = { beside: 0, most: 16 };
const busy = expect.objectContaining({ code: 'sink-busy', retry: 'backoff' });
const never = new AbortController().signal;

function memoryOf(pieces: number) {
  const made: Buffer[] = [];
  const allocate = (bytes: number) => {
    const buffer = Buffer.alloc(bytes);
    made.push(buffer);
    return buffer;
  };
  return { memory: createSinkMemory({ bytes: pieces * PIECE + 5, allocate }), made };
}

describe('the memory of a sink', () => {
  it('is made once, when it is needed, and goes from one transfer to the next', async () => {
    const { memory, made } = memoryOf(4);
    for (let round = 0; round < 3; round++) {
      using transfer = memory.grant({}, IMAGE);
      expect(transfer.pieces).toBe(2);
      const places = [await transfer.lease(never), await transfer.lease(never)];
      expect(new Set(places.map(({ buffer }) => buffer)).size).toBe(2);
      for (const place of places) place.release();
    }
    expect(made).toHaveLength(2);
  });

  it('lets a transfer wait for its own buffers, and for nobody else', async () => {
    const { memory } = memoryOf(8);
    using greedy = memory.grant({}, IMAGE);
    using other = memory.grant({}, IMAGE);
    const held = [await greedy.lease(never), await greedy.lease(never)];
    const controller = new AbortController();
    const waiting = greedy.lease(controller.signal);
    const place = await other.lease(never);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    for (const lent of [...held, place]) lent.release();
    expect(() => place.release()).toThrow(/twice/);
  });

  it('refuses a transfer for which there is too little, until another one is over', () => {
    const { memory } = memoryOf(5);
    const [one, two] = [{}, {}];
    const first = memory.grant(one, IMAGE);
    using _second = memory.grant(two, IMAGE);
    expect(() => memory.grant({}, IMAGE)).toThrow(busy);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    using _third = memory.grant({}, IMAGE);
    expect(() => memory.grant(one, IMAGE)).toThrow(busy);
  });

  it('lends no buffer again that a transfer which is over has still in use', async () => {
    const { memory } = memoryOf(2);
    const first = memory.grant({}, IMAGE);
    const place = await first.lease(never);
    first[Symbol.dispose]();
    expect(() => memory.grant({}, IMAGE)).toThrow(busy);
    place.release();
    using _next = memory.grant({}, IMAGE);
  });
});
