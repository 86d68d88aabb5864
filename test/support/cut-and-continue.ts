import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Cut, cutNetwork } from './cuts.ts';
import type { JsonRun } from './lab.ts';
import type { Random } from './random.ts';
import type { Way } from './ways.ts';

/** Longer than a client takes to notice (20 s), and then tries to reach the sink again (45 s). */
const TOO_LONG_MS = 90_000;

/** Between so many milliseconds. A slow network does not cut anything off: it is one for longer. */
const SHORT_MS: Readonly<Record<Cut, readonly [number, number]>> = {
  down: [500, 8_000],
  blackhole: [500, 8_000],
  reset: [500, 8_000],
  slow: [8_000, 20_000],
};

interface PlannedCut {
  readonly how: Cut;
  readonly ms: number;
}

/** One that a run gets over. */
export function shortCut(how: Cut, random: Random): PlannedCut {
  return { how, ms: random.between(...SHORT_MS[how]) };
}

/** One that is too long for a run, if the network is really cut. */
export function longCut(how: Cut): PlannedCut {
  return { how, ms: TOO_LONG_MS };
}

/** A job whose network is cut again and again. */
export interface CutTest {
  readonly way: Way;
  readonly job: string;
  readonly config: string;
  readonly random: Random;
  /** In any order. */
  readonly cuts: readonly PlannedCut[];
  /** When a cut begins: between so many milliseconds after the run. */
  readonly beginMs: readonly [number, number];
  /** Gives the run something to do. */
  readonly change: () => Promise<void>;
  /** Of a run that was cut off, and the one after it. */
  readonly expectContinued?: (cut: JsonRun, next: JsonRun) => void;
  /** Whether all is well after a run that ended well. */
  readonly judge: () => Promise<void>;
}

/** Cuts the network during runs at random moments. A run gets over it, or else the next one has to end well. */
export async function cutAndContinue(test: CutTest): Promise<void> {
  const { way, job, config, random, cuts, beginMs, change, expectContinued, judge } = test;
  let survived = 0;
  let cutOff = 0;
  for (const { how, ms } of cuts.toSorted(() => random.next() - 0.5)) {
    await change();
    const running = way.run(job, config);
    await sleep(random.between(...beginMs));
    await cutNetwork(how, ms);
    const run = await running;
    console.log(`${how} for ${ms} ms: exit status ${run.exitCode}`);
    if (run.exitCode === 0) {
      survived++;
    } else {
      cutOff++;
      const next = await way.mustRun(job, config);
      expectContinued?.(run, next);
    }
    await judge();
  }
  console.log(`${survived} runs went on after the cut, ${cutOff} were cut off and continued`);
  expect(survived).toBeGreaterThan(0);
  if (cuts.some(({ ms }) => ms === TOO_LONG_MS)) expect(cutOff).toBeGreaterThan(0);
}
