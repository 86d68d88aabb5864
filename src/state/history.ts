import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type ErrorReport, reportError } from '../core/errors.ts';
import type { RunEvent } from '../core/events.ts';
import { StateError } from './errors.ts';
import { COMPANIONS, type OpenDatabase, openDatabase } from './history-database.ts';
import { selectRun, selectRuns, selectSources } from './history-reads.ts';
import type {
  RunBegun,
  RunDetail,
  RunSummary,
  RunsQuery,
  SourceHistory,
} from './history-records.ts';
import { closeRuns, insertEvent, insertRun, isHistory, pruneRuns } from './history-writes.ts';
import { setAside } from './set-aside.ts';
import { historyHint, isDamage, isRefused } from './sqlite-failure.ts';
import { Statements } from './statements.ts';

/**
 * What runs told, for people to look up. Nothing is decided by it: without its file only the past is forgotten.
 *
 * Nothing that writes ever throws, and no backup waits for it. What cannot be written is told in `problem`, and waits
 * in memory until a later write succeeds. What only reads throws a StateError (`history-read`) when that is
 * impossible.
 */
export interface History extends Disposable {
  /** Damaged files that were set aside, oldest first; in place of each a new one was begun. */
  readonly problems: readonly StateError[];
  /** Why the last write failed, and what to do; null when all is well. */
  readonly problem: ErrorReport | null;
  begin(run: RunBegun): void;
  /** Takes what a run that was begun tells. Events that are no history are not looked at. */
  event(run: string, event: RunEvent): void;
  /**
   * Marks all runs that go on as interrupted, and returns how many. To be called when the daemon starts: there are
   * only those that ended with the last one.
   */
  closeInterrupted(at: number): number;
  /** Newest first. Throws a StateError (`unknown-run`) when there is no run `before`. */
  runs(query: RunsQuery): readonly RunSummary[];
  /** By the id or what only one id begins with. Throws a StateError (`ambiguous-run`) when several do. */
  run(id: string): RunDetail | null;
  /** Of each source that a run transferred, or failed to, other than for `--dry-run`. */
  sources(job?: string): readonly SourceHistory[];
  /**
   * Removes the runs that ended before a time, and returns how many. Of a source is still known what was last,
   * until both its last success and its last failure were in runs that are removed.
   */
  prune(endedBefore: number): number;
}

/** How many writes wait in memory at most while none succeeds; then the oldest are lost. */
export const MAX_WAITING = 10_000;

/** How many damaged files are replaced: where every new one is damaged as well, there would be no end of them. */
export const MAX_REPLACED = 3;

/** How many runs are removed in one transaction: it needs space on the disk before it frees any. */
const PRUNED_AT_ONCE = 100;

/** Opens the history in a file that only one process may have open, and makes it if there is none. Never throws. */
export function openHistory(file: string, open: OpenDatabase = openDatabase): History {
  return new SqliteHistory(resolve(file), open);
}

interface Write {
  readonly make: (sql: Statements) => void;
  /** Called once it was made, or refused for good. */
  readonly after: () => void;
}

/** A connection, and the file that it was made to. */
interface Connection {
  readonly database: DatabaseSync;
  readonly sql: Statements;
  readonly file: FileIdentity | null;
}

interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

class SqliteHistory implements History {
  readonly problems: StateError[] = [];
  readonly #path: string;
  readonly #open: OpenDatabase;
  readonly #waiting: Write[] = [];
  /** Runs that go on: they are begun once more in a new file, when theirs is gone. */
  readonly #goingOn = new Map<string, RunBegun>();
  #connection: Connection | null = null;
  #problem: ErrorReport | null = null;
  #isClosed = false;

  constructor(path: string, open: OpenDatabase) {
    this.#path = path;
    this.#open = open;
    this.#flush();
  }

  get problem(): ErrorReport | null {
    return this.#problem;
  }

  begin(run: RunBegun): void {
    this.#goingOn.set(run.id, run);
    this.#write((sql) => insertRun(sql, run), undefined);
  }

  event(run: string, event: RunEvent): void {
    if (!isHistory(event)) return;
    this.#write(
      (sql) => insertEvent(sql, run, event),
      undefined,
      () => {
        if (event.type === 'run-finished') this.#goingOn.delete(run);
      },
    );
  }

  closeInterrupted(at: number): number {
    return this.#write((sql) => closeRuns(sql, at), 0);
  }

  prune(endedBefore: number): number {
    for (let sum = 0; ; ) {
      const removed = this.#write((sql) => pruneRuns(sql, endedBefore, PRUNED_AT_ONCE), 0);
      sum += removed;
      if (removed < PRUNED_AT_ONCE) return sum;
    }
  }

  runs(query: RunsQuery): readonly RunSummary[] {
    return this.#read((sql) => selectRuns(sql, query));
  }

  run(id: string): RunDetail | null {
    return this.#read((sql) => selectRun(sql, id));
  }

  sources(job?: string): readonly SourceHistory[] {
    return this.#read((sql) => selectSources(sql, job));
  }

  [Symbol.dispose](): void {
    if (this.#waiting.length > 0) this.#flush();
    this.#isClosed = true;
    this.#disconnect();
  }

  /** Returns what the write does, or `otherwise` when it has not succeeded now. */
  #write<Result>(write: (sql: Statements) => Result, otherwise: Result, after = () => {}): Result {
    let result = otherwise;
    const make = (sql: Statements) => {
      result = write(sql);
    };
    this.#waiting.push({ make, after });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    return this.#flush() ? result : otherwise;
  }

  /** Makes the writes that wait, in their order, each in one transaction. Whether all succeeded. */
  #flush(): boolean {
    let refused: unknown;
    try {
      this.#connected();
      for (let write = this.#waiting[0]; write !== undefined; write = this.#waiting[0]) {
        try {
          this.#withRepair((sql, database) => transact(database, () => write.make(sql)));
        } catch (error) {
          if (!isRefused(error)) throw error;
          refused = error;
        }
        this.#waiting.shift();
        write.after();
      }
    } catch (error) {
      this.#problem = this.#report(error);
      // A new connection has nothing of what failed; what is wrong with the file may be over by then.
      this.#disconnect();
      return false;
    }
    this.#problem = refused === undefined ? null : this.#report(refused);
    return refused === undefined;
  }

  #read<Result>(read: (sql: Statements) => Result): Result {
    try {
      return this.#withRepair(read);
    } catch (cause) {
      if (cause instanceof StateError) throw cause;
      throw this.#failure('history-read', 'read', cause);
    }
  }

  /** Uses the database; one that turns out to be damaged is set aside, and a new one is used. */
  #withRepair<Result>(use: (sql: Statements, database: DatabaseSync) => Result): Result {
    const { sql, database } = this.#connected();
    try {
      return use(sql, database);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replace(error);
    }
    const { sql: newSql, database: newDatabase } = this.#connected();
    return use(newSql, newDatabase);
  }

  #connected(): Connection {
    if (this.#isClosed) throw new Error('it was closed');
    if (this.#connection !== null) {
      if (isSame(this.#connection.file, identityOf(this.#path))) return this.#connection;
      // SQLite would go on writing to a file that nobody can find any more.
      this.#disconnect();
    }
    try {
      return this.#connect();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replace(error);
      return this.#connect();
    }
  }

  #connect(): Connection {
    const database = this.#open(this.#path);
    const connection = { database, sql: new Statements(database), file: identityOf(this.#path) };
    try {
      transact(database, () => {
        for (const run of this.#goingOn.values()) insertRun(connection.sql, run);
      });
    } catch (error) {
      database.close();
      throw error;
    }
    this.#connection = connection;
    return connection;
  }

  #disconnect(): void {
    this.#connection?.database.close();
    this.#connection = null;
  }

  /** Sets the file aside. Throws what is wrong with it when that was done too often. */
  #replace(cause: unknown): void {
    this.#disconnect();
    if (this.problems.length === MAX_REPLACED) throw cause;
    const aside = setAside(this.#path, Date.now(), COMPANIONS);
    const words = reportError(cause).message;
    this.problems.push(
      new StateError({
        code: 'history-damaged',
        message: `the history ${this.#path} cannot be used: ${words}`,
        retry: 'never',
        hint: `It was renamed to ${aside}, and a new one was begun. No backup is affected.`,
        cause,
      }),
    );
  }

  #report(cause: unknown): ErrorReport {
    return reportError(this.#failure('history-write', 'written', cause));
  }

  #failure(
    code: 'history-read' | 'history-write',
    done: 'read' | 'written',
    cause: unknown,
  ): StateError {
    const words = reportError(cause).message;
    const hint = historyHint(cause, this.#path);
    return new StateError({
      code,
      message: `the history ${this.#path} cannot be ${done}: ${words}`,
      retry: 'backoff',
      hint: `${hint} Backups go on meanwhile.`,
      cause,
    });
  }
}

function transact(database: DatabaseSync, change: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    change();
    database.exec('COMMIT');
  } catch (error) {
    // SQLite has rolled back by itself after some errors.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function identityOf(path: string): FileIdentity | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
}

function isSame(one: FileIdentity | null, other: FileIdentity | null): boolean {
  return one !== null && other !== null && one.dev === other.dev && one.ino === other.ino;
}
