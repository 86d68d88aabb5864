import type { Notification } from '../../config/notify.ts';
import type { ErrorReport } from '../../core/errors.ts';
import { compileSelect } from '../../lib/select.ts';
import type { History } from '../../state/history.ts';
import type { DaemonEvent } from '../feed.ts';
import type { Rpo } from '../rpo.ts';
import type { LastStatus } from '../status.ts';
import type { Supervisor } from '../supervisor.ts';
import { type Channel, createChannel, type Send, type SendTimes } from './channel.ts';
import { afterRpo, afterRun, NOTHING_TOLD, type Told } from './decide.ts';
import {
  errorLines,
  failureMessage,
  type Message,
  recoveryMessage,
  rpoMessage,
} from './message.ts';
import { sendEmail } from './send-email.ts';
import { sendPing, sendWebhook } from './send-http.ts';

/** How far back in a job's history is looked for how it went last. */
const LOOKED_AT = 20;

export interface NotifierOptions {
  readonly supervisor: Pick<Supervisor, 'status' | 'subscribe'>;
  readonly history: Pick<History, 'runs'>;
  /** Whom to tell, as it is configured now. */
  readonly targets: () => readonly Notification[];
  /** Null for a job that has none. */
  readonly rpo: (job: string, now: number) => Rpo | null;
  /** Called when something could not be sent. */
  readonly onProblem: (problem: ErrorReport) => void;
  readonly times?: SendTimes;
}

/** Tells people and other programs what the configuration says that they are told. Never throws, and nobody waits for it. */
export interface Notifier extends Disposable {
  /** What could not be sent, of each that is told. */
  readonly problems: readonly ErrorReport[];
  /** Looks which jobs miss their rpo. */
  checkRpo(now: number): void;
}

export function createNotifier(options: NotifierOptions): Notifier {
  const { supervisor, history, targets, rpo, onProblem, times } = options;
  const told = new Map<string, Told>();
  /** Of runs that go on: those that are for all of their job, and no mere look. */
  const wholeRuns = new Set<string>();
  let channels = new Map<string, Channel>();

  /** Those whom nothing changed about keep their channel, with what waits in it. */
  function channelOf(target: Notification): Channel {
    const wanted = new Set(targets().map((one) => JSON.stringify(one)));
    for (const [key, channel] of channels) if (!wanted.has(key)) channel[Symbol.dispose]();
    channels = new Map([...channels].filter(([key]) => wanted.has(key)));
    const key = JSON.stringify(target);
    const channel = channels.get(key) ?? createChannel(onProblem, times);
    channels.set(key, channel);
    return channel;
  }

  function tellAll(job: string, sendTo: (target: Notification) => Send | null): void {
    for (const target of targets()) {
      const send = compileSelect(target.jobs)(job) ? sendTo(target) : null;
      if (send !== null) channelOf(target).tell(send);
    }
  }

  function tell(message: Message): void {
    tellAll(message.job, (target) => {
      if (target.type === 'ping' || !target.on.includes(message.occasion)) return null;
      return target.type === 'email'
        ? (signal) => sendEmail(target, message, signal)
        : (signal) => sendWebhook(target, message, signal);
    });
  }

  /** Of a job that nothing was told of since the daemon was started: what its history lets expect. */
  function toldBefore(job: string, run: string): Told {
    try {
      const runs = history.runs({ job, limit: LOOKED_AT });
      const last = runs.find(({ id, dryRun, outcome }) => {
        return id !== run && !dryRun && (outcome === 'ok' || outcome === 'failed');
      });
      return { ...NOTHING_TOLD, failureAt: last?.outcome === 'failed' ? last.endedAt : null };
    } catch {
      return NOTHING_TOLD;
    }
  }

  function onEnd(job: string, last: LastStatus): void {
    if (last.outcome === 'cancelled') return;
    const failure = last.outcome === 'failed' ? errorLines(last) : null;
    tellAll(job, (target) =>
      target.type === 'ping' ? (signal) => sendPing(target, failure, signal) : null,
    );
    const before = told.get(job) ?? toldBefore(job, last.run);
    const verdict = afterRun(before, last.outcome, last.at);
    told.set(job, verdict.told);
    if (verdict.occasion === 'failure') tell(failureMessage(job, last));
    if (verdict.occasion === 'recovery') tell(recoveryMessage(job, last));
  }

  function onEvent(event: DaemonEvent): void {
    if (event.type === 'run-begun') {
      const { id, only, dryRun } = event.run;
      if (only === null && !dryRun) wholeRuns.add(id);
    } else if (event.type === 'run-ended' && wholeRuns.delete(event.run)) {
      const { jobs } = supervisor.status();
      const last = jobs.find(({ name }) => name === event.job)?.last;
      if (last?.run === event.run) onEnd(event.job, last);
    }
  }

  const subscription = supervisor.subscribe(onEvent);
  return {
    get problems() {
      return targets().flatMap((target) => channels.get(JSON.stringify(target))?.problem ?? []);
    },
    checkRpo(now) {
      for (const { name } of supervisor.status().jobs) {
        const is = rpo(name, now);
        const before = told.get(name);
        const verdict = afterRpo(before ?? NOTHING_TOLD, is?.missed.length ?? 0);
        // What is not known of its runs is looked up when one has ended.
        if (before !== undefined || verdict.told.rpo) {
          told.set(name, { ...(before ?? toldBefore(name, '')), rpo: verdict.told.rpo });
        }
        if (verdict.occasion === 'rpo' && is !== null) tell(rpoMessage(name, is, now));
      }
    },
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      for (const channel of channels.values()) channel[Symbol.dispose]();
    },
  };
}
