import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ForeignDatabase, migrate } from './migrations.ts';

/** Makes the connection to the history's database at a path. */
export type OpenDatabase = (path: string) => DatabaseSync;

/** What belongs to a database's file: its log, the index of that, and the journal of other modes. */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const;

/**
 * How long another process may hold the database before a write fails, in milliseconds. The daemon stands still
 * meanwhile, and a write that fails only waits: so it is short.
 */
const BUSY_MS = 200;

/**
 * A power cut may cost the newest transactions, and nothing else: that is what NORMAL means with a log. The log is
 * taken over into the file every MiB: with the usual 4, a small disk that is full stays full of the log alone.
 */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 250;
`;

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;

/**
 * Opens the database, makes it when it is not there, and brings it to the newest schema. Throws what the system or
 * SQLite says, and `ForeignDatabase`; then nothing of what is there was changed. This process must have no other
 * connection to the file: the locks of that one would be lost, as with every file that a process opens and closes.
 */
export function openDatabase(path: string): DatabaseSync {
  prepareFile(path);
  const database = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
  try {
    migrate(database);
    database.exec(SETTINGS);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes the file, and lets nobody else read it: SQLite would make it readable for all, and its log gets the same
 * permissions. What is no database is refused here, because SQLite would remove the log of such a file.
 */
function prepareFile(path: string): void {
  const file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (!fstatSync(file).isFile()) {
      const error = new Error(`${path} is no regular file`);
      throw Object.assign(error, { code: 'EINVAL', syscall: 'open' });
    }
    const start = Buffer.alloc(HEADER.length);
    const length = readSync(file, start, 0, start.length, 0);
    if (length > 0 && !start.equals(HEADER)) throw new ForeignDatabase('it is not a database');
    fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

/** What every database of SQLite begins with. */
const HEADER = Buffer.from('SQLite format 3\0');
