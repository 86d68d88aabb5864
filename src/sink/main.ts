import { isDeepStrictEqual } from 'node:util';
import type { Sink } from '../config/sink.ts';
import { reportError } from '../core/errors.ts';
import type { FromSink, SinkReport, ToSink } from './messages.ts';
import { type ServedSink, serve } from './serve.ts';
import { wireSink } from './wire.ts';

/** How often it is looked whether there is something to report, in milliseconds. */
const REPORT_MS = 1000;

/** How often TLS files, and datasets with which something is wrong, are looked at, in milliseconds. */
const LOOK_MS = 30_000;

/** How long the targets may take to come to rest before the process ends all the same, in milliseconds. */
const GRACE_MS = 20_000;

let served: Promise<ServedSink> | undefined;
let reported: SinkReport | undefined;
/** Aborts when transfers that go on are waited for no longer. */
const patience = new AbortController();
let isEnding = false;

// A terminal sends Ctrl-C to the whole group of processes; the parent decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void stop(0));
process.on('disconnect', () => void stop(0));
process.on('message', (message: ToSink) => {
  if (message.type === 'start') void start(message.config);
  if (message.type === 'reload') void reload(message.config);
  if (message.type === 'stop') void stop(message.drainMs);
});

async function start(config: Sink): Promise<void> {
  served = serve(config, wireSink());
  try {
    const sink = await served;
    setInterval(() => report(sink), REPORT_MS);
    setInterval(() => void sink.look(), LOOK_MS);
    report(sink);
  } catch (error) {
    send({ type: 'failed', error: reportError(error) }, () => process.exit(1));
  }
}

async function reload(config: Sink): Promise<void> {
  try {
    await (await served)?.reload(config);
  } catch {
    // A client that is none any more could not be left at rest: its next run sees to that, wherever it goes then.
  }
}

function report(sink: ServedSink): void {
  const now = sink.report();
  if (isDeepStrictEqual(now, reported)) return;
  reported = now;
  send({ type: 'report', report: now });
}

/** Asked again, it waits no longer than it is asked to then. */
async function stop(drainMs: number): Promise<void> {
  const impatience = setTimeout(() => patience.abort(), drainMs);
  if (isEnding) return;
  isEnding = true;
  try {
    await using sink = await served;
    await sink?.drain(patience.signal);
    clearTimeout(impatience);
    // What hangs in a pool may never return: then it is as if the process had been killed.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS);
  } finally {
    process.exit();
  }
}

function send(message: FromSink, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}
