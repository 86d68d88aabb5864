import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { shuffledKills } from './kills.ts';
import type { Random } from './random.ts';
import type { Way } from './ways.ts';

/** A job that is cut off again and again. */
export interface CrashTest {
  readonly way: Way;
  readonly job: string;
  readonly config: string;
  readonly random: Random;
  /** Milliseconds: a run is cut off no earlier than that. */
  readonly earliestMs: number;
  /** About how long the first run takes, in milliseconds. */
  readonly firstMs: number;
  /** Gives the run something to do. */
  readonly change: () => Promise<void>;
  /** Whether all is well after a run that followed one that was cut off. */
  readonly judge: () => Promise<void>;
}

/** Cuts runs off at random moments, in every way there is; after each, the next run has to end well. LONG_TESTS: 28 times. */
export async function killAndContinue(test: CrashTest): Promise<void> {
  const { way, job, config, random, earliestMs, change, judge } = test;
  const kills = shuffledKills(random, process.env['LONG_TESTS'] === undefined ? 0.1 : 1);
  let typicalMs = test.firstMs;
  let reallyCut = 0;
  for (const how of kills) {
    await change();
    // The run after a kill also finishes the one that was cut off: it takes longer than a plain one.
    const delay = random.between(earliestMs, Math.round(typicalMs * 0.75));
    const cut = way.run(job, config);
    await sleep(delay);
    await way.kill(how, job);
    const { exitCode } = await cut;
    if (exitCode !== 0) reallyCut++;
    await way.nobodyIsLeft();
    const startedAt = Date.now();
    await way.mustRun(job, config);
    typicalMs = Math.round((typicalMs + Date.now() - startedAt) / 2);
    await judge();
  }
  console.log(`${reallyCut} of ${kills.length} kills hit a run before it was done`);
  expect(reallyCut).toBeGreaterThanOrEqual(kills.length / 3);
}
