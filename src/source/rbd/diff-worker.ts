import { serve } from '../../lib/worker-serve.ts';
import { errno } from '../../native/errno.ts';
import { diffIterate } from '../../native/rbd-diff.ts';
import type { DiffAnswer, DiffOrder } from './diff-thread.ts';
import { ExtentCollector } from './extent-collector.ts';

const cancelled = -errno('ECANCELED');

function diff(order: DiffOrder, stop: Int32Array): DiffAnswer {
  const { image, from, size, wholeObject, maxRuns } = order;
  const collector = new ExtentCollector(size, maxRuns);
  const request = { image, from, size: BigInt(size), wholeObject };
  const result = diffIterate(request, (offset, length, exists) => {
    if (Atomics.load(stop, 0) !== 0) return cancelled;
    collector.add(Number(offset), Number(length), exists !== 0);
    return 0;
  });
  return { result, runs: collector.finish() };
}

serve({ diff }, (answer) => {
  const { starts, ends, zeros } = (answer as DiffAnswer).runs;
  return [starts.buffer, ends.buffer, zeros.buffer];
});
