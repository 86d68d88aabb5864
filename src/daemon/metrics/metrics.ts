import type { MetricsPage } from '../../http/control.ts';
import type { Supervisor } from '../supervisor.ts';
import { gaugesOf, type MetricsView } from './gauges.ts';
import { createInstruments, type Instruments } from './instruments.ts';
import { createJobCounters } from './job-counters.ts';
import { processGauges, processTotals } from './process.ts';
import type { Total } from './sample.ts';
import { sinkGauges, sinkTotals } from './sink.ts';

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
  const { seq, sink } = view.status;
  const samples = [...gaugesOf(view), ...sinkGauges(sink), ...processGauges()];
  for (const { name, labels, value } of samples) gauge(name).set(labels, value);
  const events: Total = { name: 'ceph2zfs_events_total', labels: {}, value: seq };
  const totals = [...processTotals(), ...sinkTotals(sink), events];
  for (const { name } of totals) counter(name).reset();
  for (const { name, labels, value } of totals) counter(name).inc(labels, value);
}
