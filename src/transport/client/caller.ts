import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../../../package.json' with { type: 'json' };
import { Ceph2zfsError } from '../../core/errors.ts';
import { type ArgsOf, CALLS, type CallName, type CheckedAnswer } from '../protocol/calls.ts';
import { commonVersion, OUR_FEATURES, OUR_VERSIONS } from '../protocol/version.ts';
import type { Http } from './http.ts';
import { readAnswer, strangeAnswer } from './read-answer.ts';
import { unreachable } from './unreachable.ts';

/** Pauses between attempts to reach the sink, in milliseconds: they grow up to the second one. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2000;

/** What a sink says of itself. */
export type Greeting = CheckedAnswer<'hello'>;

/** Makes calls to a sink. */
export interface Caller {
  /**
   * Makes a call, once, however often the connection breaks meanwhile. Throws what the sink says, in its own words, or a
   * TransportError. After an abort the call is stopped at the sink too. `reconnectMs`: for how long it tries to reach
   * the sink, if not as long as others.
   */
  call<Name extends CallName>(
    name: Name,
    args: ArgsOf<Name>,
    signal: AbortSignal,
    reconnectMs?: number,
  ): Promise<CheckedAnswer<Name>>;
  /** What the sink has said of itself; it is asked when that is not known. */
  greeting(signal: AbortSignal): Promise<Greeting>;
}

/** An id that nobody else has, and nobody guesses. */
export function newId(): string {
  return randomBytes(16).toString('hex');
}

/** The pause before the n-th further attempt, from 0. */
export function pauseMs(attempt: number): number {
  return Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}

export function createCaller(http: Http): Caller {
  const { url, patience } = http;
  let greeted: Promise<Greeting> | undefined;

  async function call<Name extends CallName>(
    name: Name,
    args: ArgsOf<Name>,
    signal: AbortSignal,
    reconnectMs = patience.reconnectMs,
  ): Promise<CheckedAnswer<Name>> {
    const id = newId();
    const json = JSON.stringify({ call: id, args });
    try {
      const answer = await askUntilAnswered(`/v1/${name}`, json, signal, reconnectMs);
      const parsed = CALLS[name].answer.safeParse(answer);
      if (parsed.success) return parsed.data as CheckedAnswer<Name>;
      throw strangeAnswer(`${name}: ${parsed.error.issues[0]?.message}`, parsed.error);
    } catch (error) {
      if (!signal.aborted) throw error;
      await stop(id);
      throw signal.reason;
    }
  }

  async function askUntilAnswered(
    path: string,
    json: string,
    signal: AbortSignal,
    reconnectMs: number,
  ): Promise<unknown> {
    const giveUpAt = performance.now() + reconnectMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return await readAnswer(await http.post(path, json, signal), url.host, patience.silentMs);
      } catch (error) {
        signal.throwIfAborted();
        // What the sink itself says is final.
        const isSinks = error instanceof Ceph2zfsError && error.code !== 'sink-unreachable';
        if (isSinks) throw error;
        const failure = unreachable(url, error);
        if (failure.retry === 'never' || performance.now() >= giveUpAt) throw failure;
        await sleep(pauseMs(attempt), undefined, { signal });
      }
    }
  }

  /** Stops a call at the sink: as well as that can be done in a short time. */
  async function stop(id: string): Promise<void> {
    const soon = AbortSignal.timeout(patience.cancelMs);
    const json = JSON.stringify({ call: newId(), args: { call: id } });
    try {
      await readAnswer(await http.post('/v1/cancel', json, soon), url.host, patience.cancelMs);
    } catch {
      // The sink gives up by itself what nobody asks for any more.
    }
  }

  async function greet(signal: AbortSignal): Promise<Greeting> {
    const software = `ceph2zfs ${packageJson.version}`;
    const ours = { versions: OUR_VERSIONS, features: [...OUR_FEATURES], software };
    const greeting = await call('hello', ours, signal);
    const sink = { name: `the sink (${greeting.software})`, versions: greeting.versions };
    commonVersion(sink, { name: 'this side', versions: OUR_VERSIONS });
    return greeting;
  }

  return {
    call,
    async greeting(signal) {
      greeted ??= greet(signal);
      try {
        return await greeted;
      } catch (error) {
        greeted = undefined;
        throw error;
      }
    },
  };
}
