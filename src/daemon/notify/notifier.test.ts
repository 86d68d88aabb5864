import { expect, it, vi } from 'vitest';
import {
  createWorld,
  daemonJob,
  everyMinutes,
  type World,
} from '../../../test/support/daemon-world.ts';
import { createReceiver, type Receiver } from '../../../test/support/http-receiver.ts';
import type { Notification } from '../../config/notify.ts';
import type { RunSummary } from '../../state/history-records.ts';
import type { Rpo } from '../rpo.ts';
import { createNotifier } from './notifier.ts';

const MINUTE = 60_000;
const QUICK = { timeoutMs: 5000, pausesMs: [1, 1] };

/** For what goes over a real connection. */
const SOON = { timeout: 10_000 };
const ALL = ['failure', 'recovery', 'rpo'] as const;

function webhook(receiver: Receiver, given: Partial<Notification> = {}): Notification {
  const url = `${receiver.url}/hook/secret`;
  return { type: 'webhook', url, on: ALL, jobs: ['*'], ...given } as Notification;
}

interface Given {
  readonly targets: readonly Notification[];
  readonly runs?: readonly Partial<RunSummary>[];
  readonly rpo?: () => Rpo | null;
}

function notifierOf(world: World, { targets, runs = [], rpo = () => null }: Given) {
  return createNotifier({
    supervisor: world.supervisor,
    history: { runs: () => runs as readonly RunSummary[] },
    targets: () => targets,
    rpo,
    onProblem: () => undefined,
    times: QUICK,
  });
}

function eventsOf({ received }: Receiver): string[] {
  return received.map(({ body }) => {
    const { event, job } = JSON.parse(body) as { readonly event: string; readonly job: string };
    return `${event} ${job}`;
  });
}

/** A world whose first so many runs fail. */
function worldThatFails(times: number): World {
  const plan: World['plan'] = (_, count) =>
    count < times ? { ms: MINUTE, sourceFails: 'never' } : { ms: MINUTE };
  return createWorld({ jobs: [daemonJob('vms', everyMinutes(15))], plan, start: false });
}

it('tells a failure once, with what failed, and the recovery', async () => {
  await using receiver = await createReceiver();
  await using world = worldThatFails(3);
  using _notifier = notifierOf(world, { targets: [webhook(receiver)] });
  world.supervisor.start();
  await world.wait(70 * MINUTE);
  await expect.poll(() => eventsOf(receiver), SOON).toEqual(['failure vms', 'recovery vms']);
  const { text } = JSON.parse(receiver.received[0]?.body ?? '') as { readonly text: string };
  expect(text).toContain('rbd/bad:\nthe cluster does not want to');
});

it('tells only those whom it concerns, and of what they want', async () => {
  await using all = await createReceiver();
  await using others = await createReceiver();
  await using recoveries = await createReceiver();
  await using world = worldThatFails(1);
  const targets = [
    webhook(all),
    webhook(others, { jobs: ['*', '!vms'] }),
    webhook(recoveries, { on: ['recovery'] }),
  ];
  using _notifier = notifierOf(world, { targets });
  world.supervisor.start();
  await world.wait(20 * MINUTE);
  await expect
    .poll(() => [all, others, recoveries].map(eventsOf), SOON)
    .toEqual([['failure vms', 'recovery vms'], [], ['recovery vms']]);
});

it('pings after each run, but for those that are not for the whole job', async () => {
  await using receiver = await createReceiver();
  await using world = worldThatFails(2);
  const url = `${receiver.url}/uuid`;
  using _notifier = notifierOf(world, { targets: [{ type: 'ping', url, jobs: ['*'] }] });
  world.supervisor.start();
  await world.wait(32 * MINUTE);
  for (const options of [{ only: 'rbd/a' }, { dryRun: true }]) {
    world.supervisor.trigger('vms', options);
    await world.wait(2 * MINUTE);
  }
  await expect
    .poll(() => receiver.received.map(({ path }) => path), SOON)
    .toEqual(['/uuid/fail', '/uuid/fail', '/uuid']);
});

it('remembers over a restart, by the history, that a job fails', async () => {
  await using receiver = await createReceiver();
  await using world = worldThatFails(1);
  const runs: Partial<RunSummary>[] = [
    { id: 'old-2', outcome: 'cancelled', dryRun: false, endedAt: world.time - MINUTE },
    { id: 'old-1', outcome: 'failed', dryRun: false, endedAt: world.time - 2 * MINUTE },
  ];
  using _notifier = notifierOf(world, { targets: [webhook(receiver)], runs });
  world.supervisor.start();
  await world.wait(20 * MINUTE);
  await expect.poll(() => eventsOf(receiver), SOON).toEqual(['recovery vms']);
});

it('tells once that an rpo is missed', async () => {
  await using receiver = await createReceiver();
  await using world = createWorld({ jobs: [daemonJob('vms')], start: false });
  let missed: Rpo['missed'] = [];
  const rpo = () => ({ limitMs: 3_600_000, missed });
  using notifier = notifierOf(world, { targets: [webhook(receiver)], rpo });
  for (const next of [0, 2, 2, 0, 1]) {
    missed = Array.from({ length: next }, (_, at) => ({ source: `rbd/${at}`, ageMs: null }));
    notifier.checkRpo(world.time);
  }
  await expect.poll(() => eventsOf(receiver), SOON).toEqual(['rpo vms', 'rpo vms']);
  expect(receiver.received[0]?.body).toContain('rbd/1: never backed up');
});

it('has what cannot be sent as a problem, without what is secret, and harms nobody', async () => {
  await using good = await createReceiver();
  await using bad = await createReceiver();
  bad.answer(500);
  await using world = worldThatFails(1);
  using notifier = notifierOf(world, { targets: [webhook(bad), webhook(good)] });
  world.supervisor.start();
  await world.wait(2 * MINUTE);
  await vi.waitUntil(() => notifier.problems.length > 0, SOON);
  expect(bad.received).toHaveLength(3);
  await expect.poll(() => eventsOf(good), SOON).toEqual(['failure vms']);
  expect(notifier.problems).toMatchObject([{ code: 'notify-failed' }]);
  expect(JSON.stringify(notifier.problems)).not.toContain('secret');
  bad.answer(200);
  await world.wait(15 * MINUTE);
  await vi.waitUntil(() => notifier.problems.length === 0, SOON);
  expect(world.runs).toHaveLength(2);
});

it('forgets the problem of one who is not told any more', async () => {
  await using bad = await createReceiver();
  bad.answer(500);
  await using world = worldThatFails(1);
  const targets = [webhook(bad)];
  using notifier = notifierOf(world, { targets });
  world.supervisor.start();
  await world.wait(2 * MINUTE);
  await vi.waitUntil(() => notifier.problems.length > 0, SOON);
  targets.pop();
  expect(notifier.problems).toEqual([]);
});
