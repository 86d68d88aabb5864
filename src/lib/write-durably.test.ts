import type * as FileSystem from 'node:fs';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeDurably } from './write-durably.ts';

const fake = vi.hoisted(() => ({ calls: [] as string[], failing: '' }));

vi.mock('node:fs', async (importActual) => {
  const actual = await importActual<typeof FileSystem>();
  const names = new Map<number, string>();
  const told = (call: string, file: number | string) => {
    const name = typeof file === 'string' ? file : names.get(file);
    fake.calls.push(`${call} ${name?.slice(name.lastIndexOf('/') + 1)}`);
    if (fake.failing === call) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  };
  return {
    ...actual,
    openSync: (path: string, ...rest: [number, number?]) => {
      const file = actual.openSync(path, ...rest);
      names.set(file, path);
      return file;
    },
    writeFileSync: (file: number | string, text: string) => {
      told('write', file);
      actual.writeFileSync(file, text);
    },
    fsyncSync: (file: number) => {
      told('sync', file);
      actual.fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      told('rename', from);
      actual.renameSync(from, to);
    },
  };
});

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'));
  path = join(folder, 'file');
  fake.failing = '';
});

afterEach(() => rmSync(folder, { recursive: true }));

it('has the text on disk before it takes the place of the old one, and then the new name', () => {
  fake.calls.length = 0;
  writeDurably(path, 'text');
  const directory = folder.slice(folder.lastIndexOf('/') + 1);
  expect(fake.calls).toEqual([
    'write file.new',
    'sync file.new',
    'rename file.new',
    `sync ${directory}`,
  ]);
  expect(readFileSync(path, 'utf8')).toBe('text');
});

it.each(['write', 'sync', 'rename'])('leaves the old text when it cannot %s', (call) => {
  writeDurably(path, 'old');
  fake.failing = call;
  expect(() => writeDurably(path, 'new')).toThrow('no space');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['file']);
});

it('writes past what a process that was killed left behind, and never through a link', () => {
  const other = join(folder, 'other');
  writeFileSync(other, 'other');
  symlinkSync(other, `${path}.new`);
  writeDurably(path, 'text');
  expect(readFileSync(other, 'utf8')).toBe('other');
  expect(readFileSync(path, 'utf8')).toBe('text');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).toSorted()).toEqual(['file', 'other']);
});
