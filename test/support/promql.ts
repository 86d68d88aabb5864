import { parser } from '@prometheus-io/lezer-promql';

/** What an expression of PromQL names. */
export interface Named {
  readonly metrics: readonly string[];
  /** In matchers, and after `by`, `on` and the like. */
  readonly labels: readonly string[];
}

/** Throws when the expression is none. What Grafana puts into one for a variable of time stands for some duration. */
export function namedIn(expression: string): Named {
  const text = expression.replaceAll(/\$__(?:rate_interval|interval|range)\b/g, '5m');
  const [metrics, labels] = [new Set<string>(), new Set<string>()];
  parser.parse(text).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') {
        metrics.add(text.slice(from, to));
      }
      if (type.name === 'LabelName') labels.add(text.slice(from, to));
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}
