import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { replaceMarkedPart } from '../../src/lib/marked-part.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

const DOCUMENT = new URL('../../docs/errors.md', import.meta.url).pathname;

function section([title, codes]: [string, Readonly<Record<string, ErrorCode>>]): string {
  const rows = Object.entries(codes).map(
    ([code, { means, todo, exit }]) => `| \`${code}\` | ${means} | ${todo} | ${exit} |`,
  );
  const head = ['| code | what it means | what to do | exit code |', '|---|---|---|---|'];
  return [`## ${title}`, '', ...head, ...rows].join('\n');
}

it('docs/errors.md has a row for each error code', async () => {
  const text = Object.entries(ERROR_CODES).map(section).join('\n\n');
  const document = await readFile(DOCUMENT, 'utf8');
  // To rewrite it: npx vitest run test/docs --update
  await expect(replaceMarkedPart(document, 'error-codes', `\n${text}\n`)).toMatchFileSnapshot(
    DOCUMENT,
  );
});
