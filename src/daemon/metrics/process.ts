import { readdirSync } from 'node:fs';
import type { Sample, Total } from './sample.ts';

const STARTED_AT = Date.now() / 1000 - process.uptime();

/** What the daemon's process takes. */
export function processGauges(): readonly Sample[] {
  const { rss, heapUsed } = process.memoryUsage();
  return [
    { name: 'process_resident_memory_bytes', labels: {}, value: rss },
    { name: 'process_open_fds', labels: {}, value: openFiles() },
    { name: 'process_start_time_seconds', labels: {}, value: STARTED_AT },
    { name: 'nodejs_heap_size_used_bytes', labels: {}, value: heapUsed },
  ];
}

export function processTotals(): readonly Total[] {
  const { user, system } = process.cpuUsage();
  return [{ name: 'process_cpu_seconds_total', labels: {}, value: (user + system) / 1e6 }];
}

/** Without the one that the directory itself is read by. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').length - 1;
}
