import { type Glob, parseGlob } from './glob.ts';
import { type Parsed, parsed } from './parsed.ts';
import { parsePathGlob } from './path-glob.ts';

/** One line of a `select` list: a glob, or with a leading `!` a glob for what is left out. */
export interface SelectPattern {
  readonly text: string;
  readonly isNegative: boolean;
  readonly glob: Glob;
}

/** A pattern for names that do not begin with a slash. */
export function parseSelectPattern(text: string): Parsed<SelectPattern> {
  return parseWith(parseGlob, text);
}

/** A pattern for absolute paths. */
export function parsePathSelectPattern(text: string): Parsed<SelectPattern> {
  return parseWith(parsePathGlob, text);
}

function parseWith(parse: (pattern: string) => Parsed<Glob>, text: string): Parsed<SelectPattern> {
  const isNegative = text.startsWith('!');
  const glob = parse(isNegative ? text.slice(1) : text);
  return glob.ok ? parsed({ text, isNegative, glob: glob.value }) : glob;
}

/** Whether a name is selected: of the patterns that match it, the last one decides. */
export function compileSelect(patterns: readonly string[]): (name: string) => boolean {
  const decisive = compileDecisive(patterns);
  return (name) => decisive(name)?.isNegative === false;
}

/** The pattern that decides about a name; undefined when none matches it. */
export function compileDecisive(
  patterns: readonly string[],
): (name: string) => SelectPattern | undefined {
  const compiled = patterns.map(mustParse);
  return (name) => compiled.findLast(({ glob }) => glob.matches(name));
}

export interface Selection {
  /** In the order in which the names were given. */
  readonly selected: string[];
  /** Positive patterns that match no name at all: most often a misspelt one. */
  readonly unmatched: string[];
}

export function selectNames(patterns: readonly string[], names: readonly string[]): Selection {
  return {
    selected: names.filter(compileSelect(patterns)),
    unmatched: patterns
      .map(mustParse)
      .filter(({ isNegative, glob }) => !isNegative && !names.some((name) => glob.matches(name)))
      .map(({ text }) => text),
  };
}

function mustParse(text: string): SelectPattern {
  const parse = /^!?\//.test(text) ? parsePathSelectPattern : parseSelectPattern;
  const pattern = parse(text);
  if (!pattern.ok)
    throw new Error(`invalid select pattern ${JSON.stringify(text)}: ${pattern.problem}`);
  return pattern.value;
}
