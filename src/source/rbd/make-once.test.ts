import { describe, expect, it } from 'vitest';
import { makeOnce, type Outcome } from './make-once.ts';

const TIMEOUT_MS = 50;
const ATTEMPTS = 2;

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Made {
  readonly by: 'us' | 'others';
}

/** One name. Each of our requests waits before it looks, and between its look and its answer. */
function world(requests: readonly { before?: number; after?: number }[]) {
  let made: Made | undefined;
  let asked = 0;
  const running: Promise<unknown>[] = [];

  async function request(seenFree: () => void): Promise<Outcome<Made>> {
    const { before = 0, after = 0 } = requests[asked++] ?? {};
    await later(before);
    if (made !== undefined) return 'exists';
    seenFree();
    await later(after);
    if (made !== undefined) return 'exists';
    made = { by: 'us' };
    return made;
  }
  return {
    othersMake: () => {
      made = { by: 'others' };
    },
    settle: () => Promise.all(running),
    make: () =>
      makeOnce({
        request: (seenFree) => {
          const answer = request(seenFree);
          running.push(answer);
          return answer;
        },
        find: async () => made,
        timeoutMs: TIMEOUT_MS,
        attempts: ATTEMPTS,
      }),
  };
}

describe('making something with a name, once', () => {
  it('gives what was made', async () => {
    expect(await world([]).make()).toEqual({ by: 'us' });
  });

  it('says that the name is taken', async () => {
    const { make, othersMake } = world([]);
    othersMake();
    expect(await make()).toBe('exists');
  });

  it('takes what came between our look and our request for that of others', async () => {
    const { make, othersMake } = world([{ after: 20 }]);
    setTimeout(othersMake, 5);
    expect(await make()).toBe('exists');
  });

  it('finds what the first attempt made after its time was over', async () => {
    const { make, settle } = world([{ after: 1.5 * TIMEOUT_MS }, { after: 10 * TIMEOUT_MS }]);
    expect(await make()).toEqual({ by: 'us' });
    await settle();
  });

  it('does not take for ours what others made while the first attempt hung before it could look', async () => {
    const { make, othersMake, settle } = world([{ before: 4 * TIMEOUT_MS }]);
    setTimeout(othersMake, TIMEOUT_MS / 2);
    expect(await make()).toBe('exists');
    await settle();
  });

  it('nor when they made it while the second one hung', async () => {
    const { make, othersMake, settle } = world([
      { before: 4 * TIMEOUT_MS },
      { before: 4 * TIMEOUT_MS },
    ]);
    setTimeout(othersMake, 1.5 * TIMEOUT_MS);
    expect(await make()).toBe('exists');
    await settle();
  });

  it('says that nobody answers', async () => {
    const { make, settle } = world([{ after: 4 * TIMEOUT_MS }, { after: 4 * TIMEOUT_MS }]);
    expect(await make()).toBe('stalled');
    await settle();
  });
});
