import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';
import { parseConfig } from './parse.ts';
import { ConfigError, formatProblem } from './problems.ts';

const EXAMPLES = new URL('../../docs/examples/', import.meta.url).pathname;
const valid = globSync(`${EXAMPLES}*.yaml`).toSorted();
const invalid = globSync(`${EXAMPLES}invalid/*.yaml`).toSorted();

describe('the sample configurations', () => {
  it('are there', () => {
    expect(valid.length).toBeGreaterThan(2);
    expect(invalid.length).toBeGreaterThan(10);
  });

  it.each(valid)('%s is valid', async (file) => {
    const { jobs, sink } = await loadConfig(file);
    expect(jobs.length + Object.keys(sink?.clients ?? {}).length).toBeGreaterThan(0);
  });

  // After a change of messages on purpose: vitest run --update, and read the difference.
  it.each(invalid)('%s has exactly the problems beside it', async (file) => {
    const problems = problemsOf(await readFile(file, 'utf8'), basename(file));
    await expect(problems).toMatchFileSnapshot(file.replace(/\.yaml$/, '.expected'));
  });
});

function problemsOf(text: string, file: string): string {
  try {
    parseConfig(text, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => `${formatProblem(problem)}\n`).join('');
  }
  return 'no problems\n';
}
