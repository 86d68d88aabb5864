import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JobState } from '../core/job-state.ts';
import { errnoCode, systemHint } from '../lib/system-hint.ts';
import { writeDurably } from '../lib/write-durably.ts';
import { StateError } from './errors.ts';
import { parseJobStates, writeJobStates } from './job-states-text.ts';
import { setAside } from './set-aside.ts';

/** What a job is in of which nothing is known. */
const UNKNOWN: JobState = { lastDueAt: null, pausedAt: null };

/** What must survive a restart of the daemon, by the names of the jobs. */
export interface JobStates {
  /** What was wrong when the file was opened: a damaged one was set aside, and an empty one takes its place. */
  readonly problems: readonly StateError[];
  get(name: string): JobState;
  /**
   * Keeps a job's state; it is on disk once this returns. Throws a StateError (`state-write`) when it cannot be
   * kept; then the job's state is what it was.
   */
  set(name: string, state: JobState): void;
  /** Forgets all jobs but these, as durably, with the same error. */
  forgetAllBut(names: Iterable<string>): void;
}

/**
 * Reads the file of the jobs' states; one that is not there is empty, and is made by the first change. Only one
 * process may have it open. Throws a StateError: `state-read` when the file is there and cannot be read,
 * `state-write` when a damaged one cannot be set aside.
 */
export function openJobStates(file: string): JobStates {
  const path = resolve(file);
  const problems: StateError[] = [];
  let states = read(path, problems);

  function keep(changed: ReadonlyMap<string, JobState>): void {
    try {
      writeDurably(path, writeJobStates(changed));
    } catch (cause) {
      throw writeError(path, 'the states of the jobs cannot be written to', cause);
    }
    states = changed;
  }

  return {
    problems,
    get: (name) => states.get(name) ?? UNKNOWN,
    set: (name, { lastDueAt, rule, pausedAt }) => {
      const state: JobState = { lastDueAt, ...(rule === undefined ? {} : { rule }), pausedAt };
      if (isDeepStrictEqual(states.get(name), state)) return;
      keep(new Map(states).set(name, state));
    },
    forgetAllBut: (names) => {
      const left = new Set(names);
      const changed = new Map([...states].filter(([name]) => left.has(name)));
      if (changed.size < states.size) keep(changed);
    },
  };
}

/** What the file has; when that is no states of jobs, it is set aside, and the problem is told. */
function read(path: string, problems: StateError[]): ReadonlyMap<string, JobState> {
  const bytes = readBytes(path);
  if (bytes === null) return new Map();
  const states = parseJobStates(bytes);
  if (states.ok) return states.value;
  problems.push(damaged(path, states.problem));
  return new Map();
}

function damaged(path: string, problem: string): StateError {
  try {
    const aside = setAside(path, Date.now());
    return new StateError({
      code: 'state-damaged',
      message: `the states of the jobs in ${path} cannot be used: ${problem}`,
      retry: 'never',
      hint: `It was renamed to ${aside}, and nothing is known of any job now: pause again what is to be paused.`,
    });
  } catch (cause) {
    throw writeError(path, `${problem}; what is there cannot be set aside from`, cause);
  }
}

/** Null when there is no such file. */
function readBytes(path: string): Buffer | null {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (errnoCode(cause) === 'ENOENT') return null;
    throw new StateError({
      code: 'state-read',
      message: `the states of the jobs cannot be read from ${path}: ${errnoCode(cause)}`,
      retry: 'never',
      hint: systemHint(cause, path),
      cause,
    });
  }
}

function writeError(path: string, what: string, cause: unknown): StateError {
  return new StateError({
    code: 'state-write',
    message: `${what} ${path}: ${errnoCode(cause)}`,
    retry: 'backoff',
    hint: systemHint(cause, path),
    cause,
  });
}
