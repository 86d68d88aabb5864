import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { filesIn, write } from './place.ts';

/** A relative path to a TypeScript file in quotes: an import, or the file of a thread or process. */
const TO_TYPESCRIPT = /(['"])(\.{1,2}\/[^'"\n]*)\.ts\1/g;

/**
 * The program without its types. Node could strip them at each start, but its compiler then takes 24 MiB and a tenth of a
 * second in every process and thread. Lines and columns stay those of the sources, in traces too.
 */
export async function placeProgram(from: string, to: string): Promise<void> {
  const files = new Set(await filesIn(from));
  for (const file of files) {
    if (file.endsWith('.test.ts')) continue;
    if (!file.endsWith('.ts')) throw new Error(`what is ${file} in the sources?`);
    const plain = stripTypeScriptTypes(await readFile(join(from, file), 'utf8'));
    const code = plain.replaceAll(TO_TYPESCRIPT, (_, quote: string, path: string) => {
      const target = normalize(join(dirname(file), `${path}.ts`));
      if (!files.has(target)) throw new Error(`${file} names ${path}.ts, which is not there`);
      return `${quote}${path}.js${quote}`;
    });
    // Only the wrapper starts the program. The line stays, so that all others keep their numbers.
    await write(join(to, file.replace(/\.ts$/, '.js')), code.replace(/^#!.*/, ''));
  }
}
