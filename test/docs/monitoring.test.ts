import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRICS, type MetricDefinition } from '../../src/daemon/metrics/definitions.ts';
import { namedIn } from '../support/promql.ts';

const PACKAGING = new URL('../../packaging/', import.meta.url);

/** Metrics and labels that Prometheus itself makes. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['instance', 'job', 'le'] };

/** A part of a histogram belongs to the metric; of others nothing may follow the name. */
function definitionOf(name: string): MetricDefinition | undefined {
  const whole: MetricDefinition | undefined = Object.entries(METRICS).find(
    ([of]) => of === name,
  )?.[1];
  const histogram = name.replace(/_(?:bucket|sum|count)$/, '');
  const found = Object.entries<MetricDefinition>(METRICS).find(([of]) => of === histogram)?.[1];
  return whole ?? (found?.type === 'histogram' ? found : undefined);
}

/** What an expression names that there is not. */
function unknownIn(expression: string): string[] {
  const { metrics, labels } = namedIn(expression);
  const known = metrics.flatMap((name) => definitionOf(name)?.labels ?? []);
  return [
    ...metrics.filter((name) => !OF_PROMETHEUS.metrics.includes(name) && !definitionOf(name)),
    ...labels.filter((label) => ![...OF_PROMETHEUS.labels, ...known].includes(label)),
  ];
}

const Alerts = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z]\w+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smhd]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

describe('packaging/prometheus/alerts.yaml', async () => {
  const text = await readFile(new URL('prometheus/alerts.yaml', PACKAGING), 'utf8');
  const rules = Alerts.parse(parse(text)).groups.flatMap((group) => group.rules);

  it('has an alert for each thing that must not go on unseen', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'Ceph2zfsRpoMissed',
        'Ceph2zfsJobFailing',
        'Ceph2zfsJobWithoutBackup',
        'Ceph2zfsDown',
        'Ceph2zfsReloadRefused',
        'Ceph2zfsHistoryNotWritable',
      ]),
    );
  });

  it.each(rules)('$alert names nothing that there is not', ({ expr, annotations }) => {
    expect(unknownIn(expr)).toEqual([]);
    const labels = namedIn(expr).metrics.flatMap((name) => definitionOf(name)?.labels ?? []);
    const told = Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g);
    for (const [, label] of told) expect([...labels, 'instance']).toContain(label);
  });
});

const Dashboard = z.object({
  uid: z.literal('ceph2zfs'),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), definition: z.string().optional() })),
  }),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })),
    }),
  ),
});

describe('packaging/grafana/ceph2zfs.json', async () => {
  const text = await readFile(new URL('grafana/ceph2zfs.json', PACKAGING), 'utf8');
  const { panels, templating } = Dashboard.parse(JSON.parse(text));

  it.each(panels)('the panel "$title" names nothing that there is not', ({ targets }) => {
    for (const { expr, legendFormat } of targets) {
      expect(unknownIn(expr)).toEqual([]);
      const { labels } = namedIn(expr);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(labels).toContain(label);
    }
  });

  it('has panels that are all there to be seen', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('lets choose from the jobs that there are', () => {
    const job = templating.list.find(({ name }) => name === 'job')?.definition ?? '';
    const [, metric = ''] = /^label_values\((\w+), job\)$/.exec(job) ?? [];
    expect(definitionOf(metric)?.labels).toContain('job');
  });
});

describe('the check itself', () => {
  it.each([
    ['ceph2zfs_job_runing > 0', ['ceph2zfs_job_runing']],
    ['ceph2zfs_job_running_count > 0', ['ceph2zfs_job_running_count']],
    ['sum by (jobb) (ceph2zfs_job_running{source="a"})', ['jobb', 'source']],
    ['rate(ceph2zfs_job_run_duration_seconds_bucket[1d])', []],
  ])('finds in %s what there is not', (expression, unknown) => {
    expect(unknownIn(expression)).toEqual(unknown);
  });

  it('refuses what is no PromQL', () => {
    expect(() => namedIn('sum(ceph2zfs_job_running')).toThrow('no PromQL');
  });
});
