import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

export type Row = Readonly<Record<string, SQLOutputValue>>;

type Bound = Record<string, SQLInputValue>;

/** Values for the names in a statement; what has no name there is not looked at, and may be anything. */
export type Values = Readonly<Record<string, unknown>>;

/** The prepared statements of a database: each is made once, when it is first needed. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Returns how many rows were changed. */
  run(sql: string, values: Values = {}): number {
    return Number(this.#statement(sql).run(values as Bound).changes);
  }

  get(sql: string, values: Values = {}): Row | undefined {
    return this.#statement(sql).get(values as Bound);
  }

  all(sql: string, values: Values = {}): readonly Row[] {
    return this.#statement(sql).all(values as Bound);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      // An integer beyond what a number holds exactly would throw otherwise.
      statement.setReadBigInts(true);
      statement.setAllowUnknownNamedParameters(true);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
