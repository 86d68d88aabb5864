import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setAside } from './set-aside.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 0, 1, 5);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aside-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('renames a file and what belongs to it', () => {
  const path = join(folder, 'db');
  writeFileSync(path, 'file');
  writeFileSync(`${path}-wal`, 'log');
  const aside = setAside(path, NOW, ['-wal', '-shm']);
  expect(aside).toBe(`${path}.damaged-2026-11-25T12:00:01.005Z`);
  expect(readFileSync(aside, 'utf8')).toBe('file');
  expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('log');
  expect(readdirSync(folder)).toHaveLength(2);
});

it('overwrites nothing that was set aside in the same millisecond', () => {
  const path = join(folder, 'db');
  const kept = ['one', 'two', 'three'].map((text) => {
    writeFileSync(path, text);
    return setAside(path, NOW);
  });
  expect(kept.map((aside) => readFileSync(aside, 'utf8'))).toEqual(['one', 'two', 'three']);
});
