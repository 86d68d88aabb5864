import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptySome } from './remove-names.ts';

// To remove the record, which is an attribute of `trusted`, takes root.
it.runIf(process.getuid?.() === 0)('empties a filesystem of all but the .zfs in its top', () => {
  const directory = mkdtempSync(join(tmpdir(), 'c2z-empty-'));
  const root = openSync(directory, 'r');
  try {
    mkdirSync(join(directory, '.zfs/snapshot'), { recursive: true });
    mkdirSync(join(directory, 'a/.zfs/b'), { recursive: true });
    writeFileSync(join(directory, 'a/.zfs/f'), '');
    writeFileSync(join(directory, 'f'), '');
    expect(emptySome(root)).toBe(true);
    expect(readdirSync(directory, { recursive: true }).sort()).toEqual(['.zfs', '.zfs/snapshot']);
  } finally {
    closeSync(root);
    rmSync(directory, { recursive: true });
  }
});
