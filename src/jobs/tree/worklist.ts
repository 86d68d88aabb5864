import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Entry, encodeEntry, readEntry, type TreePath } from '../../core/entry.ts';

/** An entry that has no copy under its name yet. */
export interface Pending {
  readonly directory: TreePath;
  readonly entry: Entry;
}

/** A directory whose metadata may have to be set once nothing in it changes any more. */
export interface Unfinished {
  readonly path: TreePath;
  readonly entry: Entry;
  /** Whether entries with several hard links are beneath. */
  readonly links: boolean;
}

/** A copy that another name of the same inode can be made from. */
export interface LinkedCopy {
  readonly path: TreePath;
  /** The target's number of the inode. */
  readonly inode: bigint;
}

const SCHEMA = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  PRAGMA cache_size = -16384;
  CREATE TABLE pending (id INTEGER PRIMARY KEY, directory BLOB NOT NULL, ino INTEGER NOT NULL,
    is_directory INTEGER NOT NULL, entry BLOB NOT NULL);
  CREATE INDEX pending_directories ON pending (ino) WHERE is_directory = 1;
  CREATE TABLE limbo (path BLOB PRIMARY KEY, ino INTEGER NOT NULL, is_unexplored INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX limbo_inodes ON limbo (ino);
  CREATE INDEX limbo_unexplored ON limbo (path) WHERE is_unexplored = 1;
  CREATE TABLE links (ino INTEGER PRIMARY KEY, path BLOB NOT NULL, inode INTEGER NOT NULL);
  CREATE TABLE unfinished (path BLOB PRIMARY KEY, entry BLOB NOT NULL, links INTEGER NOT NULL,
    had_links INTEGER NOT NULL, is_dirty INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE names (directory INTEGER NOT NULL, name BLOB NOT NULL, PRIMARY KEY (directory, name)) WITHOUT ROWID;
  BEGIN;
`;

type Row = Record<string, Uint8Array | bigint | number>;

/**
 * What one transfer of a tree has still to do. It grows with what changed, which may be more than fits in
 * memory: so it lies in a private database of SQLite, which keeps little in memory and the rest in an unnamed
 * file. It is no state: when the run ends, however it ends, it is gone, and a new scan finds out again.
 */
export class Worklist implements Disposable {
  /** Whether a directory was put off, or came to the limbo, since {@link takeMoved} found none. */
  #mayHaveMoved = false;
  readonly #database = new DatabaseSync('');
  readonly #statements = new Map<string, StatementSync>();
  #nextNames = 1;

  constructor() {
    this.#database.exec(SCHEMA);
  }

  /** Puts an entry off until everything that lost its name is known: it may only have been renamed. */
  defer(directory: TreePath, entry: Entry): void {
    const sql = 'INSERT INTO pending (directory, ino, is_directory, entry) VALUES (?, ?, ?, ?)';
    const isDirectory = entry.type === 'directory';
    this.#sql(sql).run(directory, signed(entry.ino), isDirectory ? 1 : 0, encodeEntry(entry));
    if (isDirectory) this.#mayHaveMoved = true;
  }

  /** Takes pending entries off the list, at most `limit`. */
  takePending(limit: number): readonly Pending[] {
    const rows = this.#sql('SELECT id, directory, entry FROM pending ORDER BY id LIMIT ?').all(
      limit,
    );
    return (rows as Row[]).map((row) => this.#takePending(row));
  }

  /** Takes a pending directory off the list whose copy lost another name. */
  takeMoved(): Pending | null {
    // The question is dear when there is much in the limbo.
    if (!this.#mayHaveMoved) return null;
    const sql = `SELECT id, directory, entry FROM pending WHERE is_directory = 1
      AND ino IN (SELECT ino FROM limbo) LIMIT 1`;
    const row = this.#sql(sql).get() as Row | undefined;
    if (row !== undefined) return this.#takePending(row);
    this.#mayHaveMoved = false;
    return null;
  }

  get hasPending(): boolean {
    return this.#sql('SELECT 1 FROM pending LIMIT 1').get() !== undefined;
  }

  #takePending({ id, directory, entry }: Row): Pending {
    this.#sql('DELETE FROM pending WHERE id = ?').run(id as bigint);
    return { directory: bytes(directory), entry: readEntry(bytes(entry), 0) };
  }

  /** A copy of the inode is at this path of the limbo. */
  addToLimbo(path: TreePath, ino: bigint, isDirectory: boolean): void {
    const sql = 'INSERT OR IGNORE INTO limbo (path, ino, is_unexplored) VALUES (?, ?, ?)';
    this.#sql(sql).run(path, signed(ino), isDirectory ? 1 : 0);
    if (isDirectory) this.#mayHaveMoved = true;
  }

  inLimbo(ino: bigint): TreePath | null {
    const row = this.#sql('SELECT path FROM limbo WHERE ino = ? LIMIT 1').get(signed(ino));
    return row === undefined ? null : bytes((row as Row)['path']);
  }

  /** What was at this path of the limbo, and all beneath it, is there no more. */
  leftLimbo(path: TreePath): void {
    this.#sql('DELETE FROM limbo WHERE path = ?').run(path);
    const beneath = 'DELETE FROM limbo WHERE path > ? AND path < ?';
    this.#sql(beneath).run(Buffer.concat([path, SLASH]), Buffer.concat([path, BEHIND_SLASH]));
  }

  /** A directory in the limbo that nobody has looked into; it counts as looked into from now on. */
  takeUnexplored(): TreePath | null {
    const row = this.#sql('SELECT path FROM limbo WHERE is_unexplored = 1 LIMIT 1').get();
    if (row === undefined) return null;
    const path = bytes((row as Row)['path']);
    this.#sql('UPDATE limbo SET is_unexplored = 0 WHERE path = ?').run(path);
    return path;
  }

  addLink(ino: bigint, { path, inode }: LinkedCopy): void {
    const sql = 'INSERT OR REPLACE INTO links (ino, path, inode) VALUES (?, ?, ?)';
    this.#sql(sql).run(signed(ino), path, signed(inode));
  }

  linkOf(ino: bigint): LinkedCopy | null {
    const row = this.#sql('SELECT path, inode FROM links WHERE ino = ?').get(signed(ino));
    if (row === undefined) return null;
    const { path, inode } = row as Row;
    return { path: bytes(path), inode: BigInt.asUintN(64, inode as bigint) };
  }

  /** `hadLinks`: what is on the directory's record; `isDirty`: it must be set in any case. */
  addUnfinished(directory: Unfinished, hadLinks: boolean, isDirty: boolean): void {
    const sql = `INSERT INTO unfinished (path, entry, links, had_links, is_dirty) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET links = max(links, excluded.links), is_dirty = max(is_dirty, excluded.is_dirty)`;
    const { path, entry, links } = directory;
    this.#sql(sql).run(path, encodeEntry(entry), bit(links), bit(hadLinks), bit(isDirty));
  }

  /** Entries with several hard links were made in this directory: all above it must know. */
  markLinks(directory: TreePath): void {
    for (let path: TreePath | null = directory; path !== null; path = parentOf(path)) {
      this.#sql('UPDATE unfinished SET links = 1 WHERE path = ?').run(path);
    }
  }

  /** Takes directories off the list that must be set, at most `limit`. */
  takeUnfinished(limit: number): readonly Unfinished[] {
    const sql = `SELECT path, entry, links FROM unfinished WHERE is_dirty = 1 OR links <> had_links LIMIT ?`;
    return (this.#sql(sql).all(limit) as Row[]).map(({ path, entry, links }) => {
      this.#sql('DELETE FROM unfinished WHERE path = ?').run(bytes(path));
      return {
        path: bytes(path),
        entry: readEntry(bytes(entry), 0),
        links: links === 1n,
      };
    });
  }

  /** A set of names, for directories with too many for the memory. */
  nameSet(): { add(name: Buffer): void; has(name: Buffer): boolean } & Disposable {
    const directory = this.#nextNames++;
    return {
      add: (name) =>
        void this.#sql('INSERT OR IGNORE INTO names VALUES (?, ?)').run(directory, name),
      has: (name) =>
        this.#sql('SELECT 1 FROM names WHERE directory = ? AND name = ?').get(directory, name) !==
        undefined,
      [Symbol.dispose]: () =>
        void this.#sql('DELETE FROM names WHERE directory = ?').run(directory),
    };
  }

  #sql(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

const SLASH = Buffer.from('/');
/** The byte behind the slash: all paths beneath a directory are between the two. */
const BEHIND_SLASH = Buffer.from('0');

/** The directory that a path is in; null for the top. */
export function parentOf(path: TreePath): TreePath | null {
  if (path.length === 0) return null;
  const slash = path.lastIndexOf(0x2f);
  return path.subarray(0, Math.max(0, slash));
}

/** SQLite's integers have a sign. */
function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function bytes(value: Row[string] | undefined): Buffer {
  const array = value as Uint8Array;
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

function bit(value: boolean): number {
  return value ? 1 : 0;
}
