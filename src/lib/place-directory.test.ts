import {
  mkdirSync,
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
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placeDirectory } from './place-directory.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'place-'));
  path = join(folder, 'directory');
});

afterEach(() => rmSync(folder, { recursive: true }));

it('makes a directory with its files, for its owner alone', () => {
  placeDirectory(path, { one: '1', two: '2' });
  expect(readdirSync(path)).toEqual(['one', 'two']);
  expect(readFileSync(join(path, 'two'), 'utf8')).toBe('2');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'one')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['directory']);
});

it('takes the place of an empty directory', () => {
  mkdirSync(path, { mode: 0o755 });
  placeDirectory(path, { one: '1' });
  expect(readdirSync(path)).toEqual(['one']);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

it('touches nothing of a directory that has something', () => {
  placeDirectory(path, { one: 'old' });
  expect(() => placeDirectory(path, { one: 'new', two: '2' })).toThrow('ENOTEMPTY');
  expect(readdirSync(path)).toEqual(['one']);
  expect(readFileSync(join(path, 'one'), 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['directory']);
});

it('replaces neither a file nor a link', () => {
  writeFileSync(path, 'file');
  expect(() => placeDirectory(path, { one: '1' })).toThrow('ENOTDIR');
  expect(readFileSync(path, 'utf8')).toBe('file');
  const link = join(folder, 'link');
  mkdirSync(join(folder, 'empty'));
  symlinkSync(join(folder, 'empty'), link);
  expect(() => placeDirectory(link, { one: '1' })).toThrow('ENOTDIR');
  expect(readdirSync(folder)).toEqual(['directory', 'empty', 'link']);
});

it('leaves nothing when a file cannot be written', () => {
  expect(() => placeDirectory(path, { one: '1', 'no/such': '2' })).toThrow('ENOENT');
  expect(readdirSync(folder)).toEqual([]);
});
