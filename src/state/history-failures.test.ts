import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  errorReport,
  failed,
  finished,
  runBegun,
  runFinished,
  warning,
} from '../../test/support/history-events.ts';
import { type History, MAX_REPLACED, MAX_WAITING, openHistory } from './history.ts';
import { openDatabase } from './history-database.ts';

const NO_DATABASE = 'no database, but long enough to be one'.repeat(100);

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ceph2zfs-history-'));
  path = join(folder, 'history.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function idsOf(history: History): string[] {
  return history.runs({ limit: 100 }).map(({ id }) => id);
}

function fileNames(): string[] {
  return readdirSync(folder).toSorted();
}

/** The names of all files that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`);
    } catch {
      return '';
    }
  });
}

describe('a disk that is full', () => {
  let pages: number;
  let database: DatabaseSync;

  function open(file: string): DatabaseSync {
    database = openDatabase(file);
    allow(pages);
    return database;
  }

  /** How many pages the database may have from now on. */
  function allow(count: number): void {
    pages = count;
    if (database.isOpen) database.exec(`PRAGMA max_page_count = ${count}`);
  }

  beforeEach(() => {
    pages = 25;
  });

  const large = errorReport('x'.repeat(20_000));

  it('is told with what to do, and costs no backup and no history', () => {
    using history = openHistory(path, open);
    history.begin(runBegun('a'));
    expect(history.problem).toBeNull();
    for (const source of ['u', 'v', 'w']) history.event('a', failed(source, { error: large }));
    expect(history.problem).toMatchObject({
      code: 'history-write',
      retry: 'backoff',
      message: `the history ${path} cannot be written: database or disk is full`,
      hint: `Free space on the filesystem of ${folder}. Backups go on meanwhile.`,
    });
    history.event('a', runFinished('a'));
    history.begin(runBegun('b'));
    expect(history.problem).not.toBeNull();
    expect(history.run('a')?.summary.outcome).toBeNull();

    allow(100_000);
    history.event('b', finished('x'));
    expect(history.problem).toBeNull();
    expect(history.run('a')?.transfers.map(({ source }) => source)).toEqual(['u', 'v', 'w']);
    expect(history.run('a')?.summary.outcome).toBe('ok');
    expect(history.run('b')?.transfers).toHaveLength(1);
  });

  it('is written after all when it has space again before the daemon ends', () => {
    {
      using history = openHistory(path, open);
      history.begin(runBegun('a'));
      history.event('a', failed('x', { error: errorReport('x'.repeat(200_000)) }));
      expect(history.problem).not.toBeNull();
      allow(100_000);
    }
    using history = openHistory(path);
    expect(history.run('a')?.transfers).toHaveLength(1);
  });

  it('says of what counts that nothing was done', () => {
    using history = openHistory(path, (file) => {
      const database = openDatabase(file);
      database.exec('PRAGMA query_only = ON');
      return database;
    });
    history.begin(runBegun('a'));
    expect(history.closeInterrupted(5)).toBe(0);
    expect(history.prune(5)).toBe(0);
    expect(history.problem?.hint).toContain('mounted for writing');
  });

  it('makes no more wait than a bounded number', () => {
    let isPossible = false;
    using history = openHistory(path, (file) => {
      if (!isPossible) throw Object.assign(new Error('no'), { code: 'EIO', syscall: 'open' });
      return openDatabase(file);
    });
    history.begin(runBegun('a'));
    for (let index = 0; index <= MAX_WAITING; index += 1) {
      history.event('a', warning({ message: `${index}` }));
    }
    isPossible = true;
    history.event('a', warning({ message: 'last' }));
    expect(history.problem).toBeNull();
    const messages = history.run('a')?.warnings.map(({ message }) => message);
    expect(messages).toHaveLength(MAX_WAITING);
    expect(messages?.[0]).toBe('2');
    expect(messages?.at(-1)).toBe('last');
  }, 60_000);
});

describe('a place where there can be no file', () => {
  it('is told, and the history begins once there can', () => {
    const missing = join(folder, 'missing', 'history.db');
    using history = openHistory(missing);
    expect(history.problem?.hint).toContain(`Make the directory ${join(folder, 'missing')}.`);
    expect(() => idsOf(history)).toThrow(expect.objectContaining({ code: 'history-read' }));
    history.begin(runBegun('a'));
    mkdirSync(join(folder, 'missing'));
    history.event('a', finished('x'));
    expect(history.problem).toBeNull();
    expect(history.run('a')?.transfers).toHaveLength(1);
  });

  it('may be a directory or a link, which stay', () => {
    mkdirSync(path);
    const link = join(folder, 'link');
    symlinkSync('other', link);
    using first = openHistory(path);
    using second = openHistory(link);
    expect(first.problem?.hint).toContain('no regular file');
    expect(second.problem?.hint).toContain('symbolic link');
    expect(fileNames()).toEqual(['history.db', 'link']);
    expect([first.problems, second.problems]).toEqual([[], []]);
  });
});

describe('a file that is removed while it is in use', () => {
  it('is begun anew, with the runs that go on', () => {
    using history = openHistory(path);
    history.begin(runBegun('a'));
    history.event('a', runFinished('a'));
    history.begin(runBegun('b'));
    history.event('b', finished('x'));
    rmSync(path);
    history.event('b', finished('y'));
    expect(history.problem).toBeNull();
    expect(idsOf(history)).toEqual(['b']);
    expect(history.run('b')?.transfers).toMatchObject([{ source: 'y' }]);
    using reader = new DatabaseSync(path);
    expect(reader.prepare('SELECT id FROM runs').all()).toMatchObject([{ id: 'b' }]);
  });

  it('is not read any more', () => {
    using history = openHistory(path);
    history.begin(runBegun('a'));
    history.event('a', runFinished('a'));
    renameSync(path, join(folder, 'moved'));
    expect(idsOf(history)).toEqual([]);
  });

  it('is begun anew with runs whose end waited to be written', () => {
    using history = openHistory(path);
    history.begin(runBegun('a'));
    rmSync(folder, { recursive: true });
    history.event('a', finished('x'));
    history.event('a', runFinished('a'));
    mkdirSync(folder);
    history.begin(runBegun('b'));
    expect(history.problem).toBeNull();
    expect(history.run('a')).toMatchObject({
      summary: { outcome: 'ok' },
      transfers: [{ source: 'x' }],
    });
  });

  it('with its directory is a problem until that is there again', () => {
    using history = openHistory(path);
    history.begin(runBegun('a'));
    rmSync(folder, { recursive: true });
    history.event('a', finished('x'));
    expect(history.problem?.hint).toContain(`Make the directory ${folder}.`);
    mkdirSync(folder);
    history.event('a', finished('y'));
    expect(history.problem).toBeNull();
    expect(history.run('a')?.transfers.map(({ source }) => source)).toEqual(['x', 'y']);
  });
});

describe('a database that another process writes to', () => {
  it('is a problem until it does no more', () => {
    using history = openHistory(path);
    using other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    history.begin(runBegun('a'));
    expect(history.problem?.hint).toContain(`fuser -v ${path}`);
    expect(history.problems).toEqual([]);
    other.exec('COMMIT');
    history.event('a', finished('x'));
    expect(history.problem).toBeNull();
    expect(history.run('a')?.transfers).toHaveLength(1);
  });
});

describe('what is wrong itself', () => {
  it('is told, and stops nothing that comes after it', () => {
    using history = openHistory(path);
    history.event('never begun', finished('x'));
    expect(history.problem).toMatchObject({ code: 'history-write' });
    expect(history.problem?.message).toContain('the run never begun was never begun');
    history.begin(runBegun('a'));
    expect(history.problem).toBeNull();
    history.event('a', finished('x', { snapshot: {} as string }));
    expect(history.problem).not.toBeNull();
    history.event('a', finished('x'));
    expect(history.problem).toBeNull();
    expect(history.run('a')).toMatchObject({
      summary: { succeeded: 1 },
      transfers: [{ source: 'x', result: { snapshot: 'ceph2zfs_2' } }],
    });
  });

  it('comes after the end: nothing is written any more, and nothing thrown', () => {
    const history = openHistory(path);
    history[Symbol.dispose]();
    const before = readFileSync(path);
    history.begin(runBegun('a'));
    expect(history.problem?.message).toContain('it was closed');
    expect(() => idsOf(history)).toThrow('it was closed');
    expect(readFileSync(path)).toEqual(before);
  });
});

describe('a file that is no history', () => {
  function madeByOthers(sql: string): void {
    using database = new DatabaseSync(path);
    database.exec(sql);
  }

  it.each([
    ['text', () => writeFileSync(path, NO_DATABASE), 'not a database'],
    [
      'a newer version',
      () => madeByOthers('PRAGMA user_version = 99; CREATE TABLE t (a)'),
      'of version 99',
    ],
    ['a database of others', () => madeByOthers('CREATE TABLE runs (a)'), 'something else'],
  ])('is set aside whole, told of, and a new one begun: %s', (_what, make, problem) => {
    make();
    const content = readFileSync(path);
    using history = openHistory(path);
    expect(history.problems).toMatchObject([{ code: 'history-damaged' }]);
    expect(history.problems[0]?.message).toContain(problem);
    expect(history.problem).toBeNull();
    history.begin(runBegun('a'));
    expect(idsOf(history)).toEqual(['a']);
    const aside = fileNames().find((name) => name.includes('.damaged-')) ?? '';
    expect(aside).toMatch(/^history\.db\.damaged-\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(history.problems[0]?.hint).toContain(aside);
    expect(readFileSync(join(folder, aside))).toEqual(content);
    expect(openFiles().filter((file) => file.includes(aside))).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is set aside with its log, so that nothing in it is lost', () => {
    // As a daemon leaves it that was killed: with a log beside it.
    const original = join(folder, 'original');
    using database = new DatabaseSync(original);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); PRAGMA user_version = 99');
    database.exec('INSERT INTO t VALUES (7)');
    for (const ending of ['', '-wal']) {
      writeFileSync(path + ending, readFileSync(original + ending));
    }
    using history = openHistory(path);
    expect(history.problems).toHaveLength(1);
    const aside = fileNames().find((name) => /damaged-.*Z$/.test(name)) ?? '';
    using kept = new DatabaseSync(join(folder, aside));
    expect(kept.prepare('SELECT a FROM t').all()).toMatchObject([{ a: 7 }]);
  });

  it('is set aside with whatever lies beside it as its log', () => {
    writeFileSync(path, NO_DATABASE);
    writeFileSync(`${path}-wal`, 'log');
    openHistory(path)[Symbol.dispose]();
    const aside = fileNames().find((name) => name.endsWith('-wal')) ?? '';
    expect(aside).toContain('damaged-');
    expect(readFileSync(join(folder, aside), 'utf8')).toBe('log');
  });

  it('is replaced only a few times when every new one is damaged as well', () => {
    let isBroken = true;
    using history = openHistory(path, (file) => {
      if (isBroken) writeFileSync(file, NO_DATABASE);
      return openDatabase(file);
    });
    history.begin(runBegun('a'));
    for (let index = 0; index < 10; index += 1) history.event('a', finished(`source ${index}`));
    expect(history.problems).toHaveLength(MAX_REPLACED);
    expect(fileNames()).toHaveLength(MAX_REPLACED + 1);
    expect(history.problem?.message).toContain('not a database');
    expect(history.problem?.hint).toContain('dmesg');
    isBroken = false;
    rmSync(path);
    history.event('a', finished('last'));
    expect(history.problem).toBeNull();
    expect(history.run('a')?.transfers).toHaveLength(11);
  });

  it('is told of as a problem when it cannot be set aside', () => {
    writeFileSync(path, NO_DATABASE);
    const target = join(folder, 'x'.repeat(240));
    renameSync(path, target);
    using history = openHistory(target);
    expect(history.problem?.message).toContain('ENAMETOOLONG');
    history.begin(runBegun('a'));
    expect(existsSync(target)).toBe(true);
    expect(history.problems).toEqual([]);
  });
});

describe('a database that breaks', () => {
  function filled(): History {
    const history = openHistory(path);
    history.begin(runBegun('a'));
    for (let index = 0; index < 200; index += 1) history.event('a', failed(`source ${index}`));
    return history;
  }

  /** Overwrites all pages but the first. */
  function breakPages(): void {
    const { size } = statSync(path);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
    closeSync(file);
  }

  it('is set aside as soon as it is noticed by a write, and nothing that comes is lost', () => {
    filled()[Symbol.dispose]();
    breakPages();
    using history = openHistory(path);
    history.begin(runBegun('b'));
    history.event('b', finished('x'));
    expect(history.problem).toBeNull();
    expect(history.problems).toMatchObject([{ code: 'history-damaged' }]);
    expect(idsOf(history)).toEqual(['b']);
    expect(history.run('b')?.transfers).toHaveLength(1);
  });

  it('is set aside when it is noticed by a read', () => {
    filled()[Symbol.dispose]();
    breakPages();
    using history = openHistory(path);
    expect(history.sources()).toEqual([]);
    expect(history.problems).toMatchObject([{ code: 'history-damaged' }]);
  });

  it('while it is in use is begun anew with the runs that go on', () => {
    filled()[Symbol.dispose]();
    using history = openHistory(path);
    history.begin(runBegun('b'));
    breakPages();
    history.event('b', finished('x'));
    expect(history.problem).toBeNull();
    expect(history.problems).toMatchObject([{ code: 'history-damaged' }]);
    expect(history.run('b')?.transfers).toHaveLength(1);
    expect(idsOf(history)).toEqual(['b']);
  });
});
