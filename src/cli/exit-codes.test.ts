import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { replaceMarkedPart } from '../lib/marked-part.ts';
import { codeOfSignal, EXIT_CODES } from './exit-codes.ts';

const DOCUMENT = new URL('../../docs/cli.md', import.meta.url).pathname;
const codes = Object.values(EXIT_CODES);

it('docs/cli.md has the table of exit codes', async () => {
  const rows = codes.map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  const table = ['| code | meaning |', '|---|---|', ...rows].join('\n');
  const document = await readFile(DOCUMENT, 'utf8');
  // To rewrite it: npx vitest run src/cli --update
  await expect(replaceMarkedPart(document, 'exit-codes', table)).toMatchFileSnapshot(DOCUMENT);
});

it('each code means one thing', () => {
  expect(new Set(codes.map(({ code }) => code)).size).toBe(codes.length);
});

it('a signal gives 128 and its number, as in a shell', () => {
  expect(codeOfSignal('SIGINT')).toBe(128 + 2);
  expect(codeOfSignal('SIGTERM')).toBe(128 + 15);
});
