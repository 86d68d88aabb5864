import { LineCounter, parseDocument } from 'yaml';
import { findAcross } from './across.ts';
import { ConfigError, type ConfigProblem, formatPath, formatProblem } from './problems.ts';
import type { Config } from './schema.ts';
import { readConfig } from './schema-findings.ts';
import { duplicateKeys, offsetOf, syntaxFindings, type TextFinding } from './yaml-findings.ts';

/** Bound on how often aliases may be expanded: far more than a person writes. */
const MAX_ALIASES = 100;

/** Reads the text of a configuration file; `file` is for messages only. */
export function parseConfig(text: string, file: string): Config {
  try {
    return parse(text, file);
  } catch (error) {
    // Recursion in the YAML parser, and its guard against aliases that multiply.
    if (!(error instanceof RangeError || error instanceof ReferenceError)) throw error;
    const message =
      error instanceof RangeError ? 'nested too deeply' : 'aliases multiply beyond what is sane';
    throw invalid(file, [{ file, line: 1, column: 1, path: '', message }]);
  }
}

function parse(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const placed = (finding: TextFinding, path: string): ConfigProblem => {
    const { offset, otherOffset, message, allowed } = finding;
    const other = otherOffset === undefined ? null : place(otherOffset);
    const pointer = other === null ? '' : `, see ${file}:${other.line}:${other.column}`;
    const right = allowed === undefined ? {} : { allowed };
    return { file, ...place(offset), path, message: message + pointer, ...right };
  };

  const syntax = syntaxFindings(document);
  if (syntax.length > 0)
    throw invalid(
      file,
      syntax.map((finding) => placed(finding, '')),
    );
  const raw: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  const read = readConfig(raw);
  const findings = [...('findings' in read ? read.findings : []), ...findAcross(raw)];
  const problems = duplicateKeys(document).map((finding) => placed(finding, ''));
  for (const { path, at, other, ...rest } of findings) {
    const otherOffset =
      other === undefined ? {} : { otherOffset: offsetOf(document, other, 'value') };
    const finding = { ...rest, offset: offsetOf(document, path, at), ...otherOffset };
    problems.push(placed(finding, formatPath(path)));
  }
  if (problems.length > 0 || 'findings' in read) throw invalid(file, problems);
  return read.config;
}

/** The error for these problems, sorted and each told once. */
export function invalid(file: string, problems: readonly ConfigProblem[]): ConfigError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const told = new Map(sorted.map((problem) => [formatProblem(problem), problem]));
  const unique = [...told.values()];
  const count = unique.length === 1 ? 'a problem' : `${unique.length} problems`;
  return new ConfigError('config-invalid', `the configuration ${file} has ${count}`, unique);
}
