import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { METRICS } from '../../src/daemon/metrics/definitions.ts';
import { replaceMarkedPart } from '../../src/lib/marked-part.ts';

const DOCUMENT = new URL('../../docs/metrics.md', import.meta.url).pathname;

it('docs/metrics.md has a row for each metric', async () => {
  const head = ['| metric | type | labels | what it is |', '|---|---|---|---|'];
  const rows = Object.entries(METRICS).map(([name, { type, labels, help }]) => {
    const names = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${names === '' ? '–' : names} | ${help} |`;
  });
  const document = await readFile(DOCUMENT, 'utf8');
  const table = `\n${[...head, ...rows].join('\n')}\n`;
  // To rewrite it: npx vitest run test/docs --update
  await expect(replaceMarkedPart(document, 'metrics', table)).toMatchFileSnapshot(DOCUMENT);
});
