import type { MetricsPage } from '../../http/control.ts';
import type { Supervisor } from '../supervisor.ts';
import { gaugesOf, type MetricsView } from './gauges.ts';
import { createInstruments, type Instruments } from './instruments.ts';
import { createJobCounters } from './job-counters.ts';
import { processGauges, processTotals } from './process.ts';

export interface Metrics extends Disposable {
  /** All metrics, as they are now. */
  page(): Promise<MetricsPage>;
}

/** Counts what the supervisor tells from now on, and shows it beside what `view` says when it is asked. */
export function createMetrics(
  view: () => MetricsView,
  supervisor: Pick<Supervisor, 'subscribe'>,
): Metrics {
  const instruments = createInstruments();
  const { registry } = instruments;
  const counters = createJobCounters(instruments);
  const subscription = supervisor.subscribe(counters.onEvent);
  return {
    async page() {
      const now = view();
      showNow(instruments, now);
      counters.setJobs(now.status.jobs.map(({ name }) => name));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

/** Sets what is known from the state; what is not there any more leaves. */
function showNow({ gauges, gauge, counter }: Instruments, view: MetricsView): void {
  for (const metric of gauges.values()) metric.reset();
  for (const { name, labels, value } of [...gaugesOf(view), ...processGauges()]) {
    gauge(name).set(labels, value);
  }
  const events = { name: 'ceph2zfs_events_total', value: view.status.seq } as const;
  for (const { name, value } of [...processTotals(), events]) {
    counter(name).reset();
    counter(name).inc(value);
  }
}
