import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { filesystemContext } from '../../../test/support/filesystem-context.ts';
import { Nudge } from './nudge.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Notes down what is asked of the live directory, of which each part takes 50 ms. */
function nudge() {
  const asked: string[] = [];
  const filesystem = filesystemContext(async (method) => {
    asked.push(method);
    await sleep(50);
    return 7n;
  });
  const identity = { kind: 'cephfs', cluster: 'c', filesystem: '1', inode: '2' } as const;
  const made = new Nudge({ filesystem, name: '/home', identity }, Buffer.from('a'));
  return { asked, nudge: made };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

it('leaves a listing alone that is quick', async () => {
  const { asked, nudge: it } = nudge();
  const waiting = it.whileWaiting(sleep(99));
  await vi.advanceTimersByTimeAsync(1000);
  await waiting;
  expect(asked).toEqual([]);
});

it('looks at the live directory only while the listing waits for long', async () => {
  const { asked, nudge: it } = nudge();
  const first = it.whileWaiting(sleep(210));
  await vi.advanceTimersByTimeAsync(5000);
  await first;
  expect(asked).toEqual(['beginNudge', 'continueNudge', 'continueNudge']);

  const quick = it.whileWaiting(sleep(90));
  await vi.advanceTimersByTimeAsync(5000);
  await quick;
  expect(asked).toHaveLength(3);

  // It goes on where it was.
  const slow = it.whileWaiting(sleep(160));
  await vi.advanceTimersByTimeAsync(5000);
  await slow;
  expect(asked.slice(3)).toEqual(['continueNudge', 'continueNudge']);
});

it('closes the live directory when the listing is over, whatever it does then', async () => {
  const paused = nudge();
  void paused.nudge.whileWaiting(sleep(110));
  await vi.advanceTimersByTimeAsync(1000);
  paused.nudge[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(1000);
  expect(paused.asked).toEqual(['beginNudge', 'endList']);

  // A listing that is given up: the wait goes on without it.
  const looking = nudge();
  void looking.nudge.whileWaiting(sleep(130));
  await vi.advanceTimersByTimeAsync(120);
  looking.nudge[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(1000);
  expect(looking.asked).toEqual(['beginNudge', 'endList']);
});
