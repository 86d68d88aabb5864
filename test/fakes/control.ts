import { Ceph2zfsError } from '../../src/core/errors.ts';
import type { Control, NumberedEvent } from '../../src/http/control.ts';
import type { DaemonStatus, JobStatus, TriggerOrder } from '../../src/http/schemas.ts';

export const NOW = Date.UTC(2026, 10, 25, 12);

/** A job at rest. */
export function jobStatus(changes: Partial<JobStatus> = {}): JobStatus {
  return {
    name: 'vms',
    kind: 'rbd',
    removed: false,
    schedule: 'every 15 minutes',
    next: { dueAt: NOW + 60_000, startAt: NOW + 61_000 },
    pausedAt: null,
    lastDueAt: null,
    missed: 0,
    overlapped: 0,
    retry: null,
    queued: null,
    running: null,
    last: null,
    problem: null,
    rpo: null,
    ...changes,
  };
}

export function daemonStatus(changes: Partial<DaemonStatus> = {}): DaemonStatus {
  return {
    version: '1.2.3',
    pid: 4711,
    startedAt: NOW - 3_600_000,
    config: '/etc/ceph2zfs/config.yaml',
    at: NOW,
    seq: 0,
    draining: false,
    limits: { runs: 2 },
    problems: [],
    jobs: [jobStatus()],
    sink: null,
    ...changes,
  };
}

/** A daemon that knows the job `vms` and no run, notes down what it is asked for, and tells events when tests want. */
export class FakeControl implements Control {
  readonly asked: string[] = [];
  readonly orders: TriggerOrder[] = [];
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  #seq = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(type = 'job-paused'): void {
    const event = { seq: ++this.#seq, at: NOW, type, job: 'vms' };
    for (const listener of this.#listeners) listener(event);
  }

  status(): DaemonStatus {
    return daemonStatus({ seq: this.#seq });
  }

  trigger(job: string, order: TriggerOrder) {
    this.#ask(`trigger ${job}`, job);
    this.orders.push(order);
    return { state: 'started', run: 'r1' } as const;
  }

  pause(job: string): void {
    this.#ask(`pause ${job}`, job);
  }

  resume(job: string): void {
    this.#ask(`resume ${job}`, job);
  }

  cancel(what: { readonly job: string } | { readonly run: string }): void {
    this.asked.push(`cancel ${JSON.stringify(what)}`);
  }

  async reload() {
    this.asked.push('reload');
    return { jobs: ['vms'] };
  }

  runs() {
    return [];
  }

  run() {
    return null;
  }

  sources() {
    return [];
  }

  async metrics() {
    return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' };
  }

  subscribe(listener: (event: NumberedEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #ask(what: string, job: string): void {
    this.asked.push(what);
    if (job === 'vms') return;
    throw new Ceph2zfsError({
      code: 'unknown-job',
      message: `there is no job "${job}"`,
      retry: 'never',
      hint: 'Look again.',
      cause: new Error('because'),
    });
  }
}
