import { expect, it } from 'vitest';
import { systemHint } from './system-hint.ts';

it.each([
  ['ENOSPC', 'Free space on the filesystem of /state'],
  ['EDQUOT', 'raise its quota'],
  ['EROFS', 'is read-only'],
  ['EACCES', 'own /state/file'],
  ['ENOENT', 'Make the directory /state.'],
  ['ELOOP', '/state/file is a symbolic link'],
  ['EISDIR', '/state/file is no regular file'],
  ['EIO', 'dmesg'],
])('says what can be done about %s', (code, hint) => {
  const error = Object.assign(new Error('refused'), { code });
  expect(systemHint(error, '/state/file')).toContain(hint);
});

it('knows no better than to look around when something else was thrown', () => {
  expect(systemHint('odd', '/state/file')).toContain('/state can be written');
});
