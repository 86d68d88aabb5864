import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../config/parse.ts';
import type { Sink } from '../config/sink.ts';
import type { ErrorReport } from '../core/errors.ts';
import type { SinkReport } from '../sink/messages.ts';
import { createSinkKeeper, type SinkKeeper } from './sink-keeper.ts';

const CRASH: ErrorReport = {
  code: 'sink-crashed',
  message: 'the process of the sink was killed by SIGSEGV',
  retry: 'backoff',
  causes: [],
};

const REPORT: SinkReport = {
  clients: [{ name: 'alpha', dataset: 'a', connections: 2, sessions: 1, bytesReceived: 5 }],
  transfers: [],
  refused: { handshake: 0, certificate: 1, client: 0, busy: 0 },
  problems: [],
};

/** A process of a sink that does what tests say. */
interface Started {
  readonly config: Sink;
  readonly asked: string[];
  report(report: SinkReport): void;
  end(error: ErrorReport | null): Promise<void>;
}

let started: Started[];
let log: string[];
let now: number;
let timers: { readonly at: number; readonly callback: () => void }[];
let keeper: SinkKeeper;

function configOf(port = 8470, client = 'alpha'): Sink {
  const tls = '{ ca: /ca, cert: /cert, key: /key }';
  const text = `sink: { listen: "127.0.0.1:${port}", tls: ${tls}, clients: { ${client}: { dataset: a } } }`;
  const { sink } = parseConfig(text, 'c.yaml');
  if (sink === undefined) throw new Error('no sink');
  return sink;
}

function create(config: Sink | undefined): SinkKeeper {
  return createSinkKeeper({
    config,
    start: (given, onReport) => {
      const { promise, resolve } = Promise.withResolvers<ErrorReport | null>();
      const asked: string[] = [];
      started.push({
        config: given,
        asked,
        report: onReport,
        async end(error) {
          resolve(error);
          await promise;
        },
      });
      return {
        pid: 100 + started.length,
        done: promise,
        reload: ({ clients }) => void asked.push(`reload ${Object.keys(clients).join()}`),
        stop: (drainMs) => void asked.push(`stop ${drainMs}`),
      };
    },
    clock: {
      now: () => now,
      setTimer(ms, callback) {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return { [Symbol.dispose]: () => void timers.splice(timers.indexOf(timer), 1) };
      },
    },
    log: (level, text) => void log.push(`${level}: ${text}`),
  });
}

/** Lets time pass up to the next timer; tells how much. */
function passTimer(): number {
  const [timer] = timers.splice(0, 1);
  if (timer === undefined) throw new Error('nobody waits');
  const ms = timer.at - now;
  now = timer.at;
  timer.callback();
  return ms;
}

beforeEach(() => {
  [started, log, timers, now] = [[], [], [], 1_000_000];
  keeper = create(configOf());
});
afterEach(() => {
  for (const process of started) void process.end(null);
});

describe('a sink that is configured', () => {
  it('is started, and is known to listen from its first report on', () => {
    expect(keeper.status()).toMatchObject({
      state: 'starting',
      listen: '127.0.0.1:8470',
      pid: 101,
    });
    started[0]?.report(REPORT);
    const { clients, refused } = REPORT;
    expect(keeper.status()).toMatchObject({ state: 'listening', startedAt: now, clients, refused });
    expect(log).toEqual(['info: the sink listens on 127.0.0.1:8470']);
  });

  it('is started again when it crashes, after pauses that grow up to a minute', async () => {
    const pauses: number[] = [];
    for (let crash = 0; crash < 8; crash++) {
      await started.at(-1)?.end(CRASH);
      expect(keeper.status()).toMatchObject({ state: 'down', pid: null, clients: [] });
      expect(keeper.problems()).toEqual([CRASH]);
      pauses.push(passTimer() / 1000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(keeper.status()?.restarts).toBe(8);
    started.at(-1)?.report(REPORT);
    expect(keeper.problems()).toEqual([]);
  });

  it('is started again soon when it served for a while', async () => {
    for (let crash = 0; crash < 5; crash++) {
      await started.at(-1)?.end(CRASH);
      passTimer();
    }
    started.at(-1)?.report(REPORT);
    now += 60_000;
    await started.at(-1)?.end(CRASH);
    expect(passTimer()).toBe(1000);
  });

  it('tells what is wrong though it serves', () => {
    started[0]?.report({ ...REPORT, problems: [CRASH] });
    expect(keeper.problems()).toEqual([CRASH]);
  });
});

describe('another configuration', () => {
  it('is passed on to the process, which goes on', () => {
    keeper.reload(configOf(8470, 'beta'));
    expect(started).toHaveLength(1);
    expect(started[0]?.asked).toEqual(['reload beta']);
    expect(keeper.problems()).toEqual([]);
  });

  it('with another address says that it takes a new start', () => {
    keeper.reload(configOf(8471));
    expect(keeper.problems()).toMatchObject([{ code: 'needs-restart' }]);
    expect(keeper.status()?.listen).toBe('127.0.0.1:8470');
    keeper.reload(configOf());
    expect(keeper.problems()).toEqual([]);
  });

  it('without a sink ends it, and one with a sink starts it again', async () => {
    keeper.reload(undefined);
    expect(started[0]?.asked).toEqual(['stop 0']);
    expect(keeper.status()?.state).toBe('ending');
    await started[0]?.end(null);
    expect(keeper.status()).toBe(null);
    keeper.reload(configOf(8471));
    expect(started[1]?.config.listen.port).toBe(8471);
  });

  it('is used at once for a sink that waits to be started again', async () => {
    await started[0]?.end(CRASH);
    keeper.reload(configOf(8470, 'beta'));
    expect(Object.keys(started[1]?.config.clients ?? {})).toEqual(['beta']);
    expect(timers).toEqual([]);
  });
});

describe('the end', () => {
  it('is waited for, and comes sooner when it is asked for again', async () => {
    let isOver = false;
    const over = keeper.stop(30_000).then(() => {
      isOver = true;
    });
    void keeper.stop(0);
    expect(started[0]?.asked).toEqual(['stop 30000', 'stop 0']);
    await Promise.resolve();
    expect(isOver).toBe(false);
    await started[0]?.end(null);
    await over;
    expect(timers).toEqual([]);
    expect(started).toHaveLength(1);
  });

  it('comes at once for one that waits to be started again, and for none', async () => {
    await started[0]?.end(CRASH);
    await keeper.stop(30_000);
    expect(timers).toEqual([]);
    const none = create(undefined);
    expect(none.status()).toBe(null);
    await none.stop(0);
    expect(started).toHaveLength(1);
  });
});
