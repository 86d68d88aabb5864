import { parentPort, workerData } from 'node:worker_threads';
import { errno } from '../../native/errno.ts';
import { diffIterate } from '../../native/rbd-diff.ts';
import type { DiffThreadAnswer, DiffThreadData } from './diff-thread.ts';
import { ExtentCollector } from './extent-collector.ts';

const { image, from, size, wholeObject, maxRuns, stop } = workerData as DiffThreadData;
const collector = new ExtentCollector(size, maxRuns);
const cancelled = -errno('ECANCELED');

const request = { image, from, size: BigInt(size), wholeObject };
const result = diffIterate(request, (offset, length, exists) => {
  if (Atomics.load(stop, 0) !== 0) return cancelled;
  collector.add(Number(offset), Number(length), exists !== 0);
  return 0;
});

const runs = collector.finish();
const answer: DiffThreadAnswer = { result, runs };
parentPort?.postMessage(answer, [runs.starts.buffer, runs.ends.buffer, runs.zeros.buffer]);
