import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { METRICS, type MetricDefinition, type NameOf } from './definitions.ts';

/** Runs take from seconds to a day. */
const DURATION_BUCKETS = [1, 10, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** All metrics of the definitions, in a registry of their own. */
export interface Instruments {
  readonly registry: Registry;
  readonly gauges: ReadonlyMap<string, Gauge<string>>;
  readonly gauge: (name: NameOf<'gauge'>) => Gauge<string>;
  readonly counter: (name: NameOf<'counter'>) => Counter<string>;
  readonly histogram: (name: NameOf<'histogram'>) => Histogram<string>;
}

export function createInstruments(): Instruments {
  const registry = new Registry();
  const gauges = new Map<string, Gauge<string>>();
  const counters = new Map<string, Counter<string>>();
  const histograms = new Map<string, Histogram<string>>();
  for (const [name, { type, help, labels }] of Object.entries<MetricDefinition>(METRICS)) {
    const options = { name, help, labelNames: labels, registers: [registry as Registry<never>] };
    if (type === 'gauge') gauges.set(name, new Gauge(options));
    else if (type === 'counter') counters.set(name, new Counter(options));
    else histograms.set(name, new Histogram({ ...options, buckets: DURATION_BUCKETS }));
  }
  return {
    registry,
    gauges,
    gauge: (name) => known(gauges, name),
    counter: (name) => known(counters, name),
    histogram: (name) => known(histograms, name),
  };
}

function known<Metric>(metrics: ReadonlyMap<string, Metric>, name: string): Metric {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return metric;
}
