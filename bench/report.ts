import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import type { Result } from './measure.ts';

/** What machine it was, as Markdown. */
export function environment(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const system = /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${model}, ${memory} GiB, Linux ${release()}, ${system}, Node ${process.version}`;
}

/** Medians, and each one's ratio to the first, as a Markdown table. */
export function table(results: readonly Result[]): string {
  const first = results[0];
  const rows = results.map((result) => {
    const ratio = (first?.seconds ?? 0) / result.seconds;
    const rss = Math.max(...result.rounds.map(({ told }) => rssMiB(told)));
    return `| ${[
      result.name,
      result.seconds.toFixed(2),
      result.throughput === 0 ? '–' : result.throughput.toFixed(0),
      ratio.toFixed(2),
      result.cpuSeconds.toFixed(2),
      result.machineCpuSeconds.toFixed(2),
      rss === 0 ? '–' : rss.toFixed(0),
    ].join(' | ')} |`;
  });
  return [
    '| | s | MiB/s | speed ÷ that of the first | CPU s | CPU s, whole machine | peak RSS, MiB |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function rssMiB(told: Readonly<Record<string, number>>): number {
  return (told['maxRssKiB'] ?? 0) / 1024 + (told['peakRssBytes'] ?? 0) / 1024 ** 2;
}
