import { notParsed, type Parsed, parsed } from './parsed.ts';

/**
 * A glob on names that consist of segments joined by `/`:
 * `*` any characters but `/`; `?` one character but `/`; `[a-c]`, `[!a-c]` one (other) character;
 * `**` as a whole segment: any number of segments; `\` makes the next character an ordinary one.
 * Nothing else is special, case matters, and a leading dot is a character like any other.
 *
 * Own code on purpose: names of images are arbitrary text, and glob libraries made for file names
 * give a meaning to more of it (picomatch drops double quotes, takes parentheses for groups of a
 * regular expression, reads `\d` as any digit, and lets no `*` match a name of two dots).
 */
export interface Glob {
  /** How many segments a name must have at least to match. */
  readonly leastSegments: number;
  /** Whether a `**` lets it match names of more segments. */
  readonly isOpen: boolean;
  matches(name: string): boolean;
}

/** A part of a segment, as the source of a regular expression. */
interface Token {
  readonly regexp: string;
  readonly isStar: boolean;
  readonly next: number;
}

export function parseGlob(pattern: string): Parsed<Glob> {
  const segments: Token[][] = [[]];
  // By code points: `?` and classes must not match half of a character.
  const chars = [...pattern];
  for (let at = 0; at < chars.length; ) {
    if (chars[at] === '/') {
      segments.push([]);
      at++;
      continue;
    }
    const token = readToken(chars, at);
    if (!token.ok) return token;
    segments.at(-1)?.push(token.value);
    at = token.value.next;
  }
  if (segments.some((tokens) => tokens.length === 0)) return notParsed(emptySegment(pattern));
  const spans = segments.map((tokens) => tokens.length === 2 && tokens.every((t) => t.isStar));
  if (segments.some((tokens, index) => !spans[index] && hasDoubleStar(tokens))) {
    return notParsed('"**" must stand alone between slashes');
  }
  const regexp = new RegExp(`^${segments.map(segmentSource).join('')}$`, 'u');
  const isOpen = spans.includes(true);
  // A `**` at the end stands for at least one segment, elsewhere for none or more.
  const leastSegments = spans.filter((span, index) => !span || index === spans.length - 1).length;
  return parsed({ leastSegments, isOpen, matches: (name) => regexp.test(name) });
}

function segmentSource(tokens: readonly Token[], index: number, all: readonly Token[][]): string {
  const isLast = index === all.length - 1;
  if (hasDoubleStar(tokens)) return isLast ? '[^]+' : '(?:[^/]+/)*';
  return tokens.map((token) => token.regexp).join('') + (isLast ? '' : '/');
}

function hasDoubleStar(tokens: readonly Token[]): boolean {
  return tokens.some((token, index) => token.isStar && tokens[index + 1]?.isStar === true);
}

function emptySegment(pattern: string): string {
  if (pattern === '') return 'empty';
  if (pattern.startsWith('/')) return 'begins with "/"';
  return pattern.endsWith('/') ? 'ends with "/"' : 'contains "//"';
}

function readToken(chars: readonly string[], at: number): Parsed<Token> {
  const char = chars[at] ?? '';
  if (char === '*') return parsed({ regexp: '[^/]*', isStar: true, next: at + 1 });
  if (char === '?') return parsed({ regexp: '[^/]', isStar: false, next: at + 1 });
  if (char === '[') return readClass(chars, at);
  if (char !== '\\') return parsed({ regexp: literal(char), isStar: false, next: at + 1 });
  const escaped = chars[at + 1];
  if (escaped === undefined) return notParsed('ends with a "\\" that escapes nothing');
  if (escaped === '/') return notParsed('"/" cannot be escaped: no name contains it');
  return parsed({ regexp: literal(escaped), isStar: false, next: at + 2 });
}

function readClass(chars: readonly string[], start: number): Parsed<Token> {
  const members: string[] = [];
  let at = start + 1;
  const isNegated = chars[at] === '!' || chars[at] === '^';
  if (isNegated) at++;
  for (; chars[at] !== ']'; at++) {
    const isRange = chars[at] === '-' && members.length > 0 && chars[at + 1] !== ']';
    if (isRange) at++;
    if (chars[at] === '\\') at++;
    const char = chars[at];
    if (char === undefined || char === '/') return notParsed(UNCLOSED);
    if (!isRange) {
      members.push(char);
      continue;
    }
    const from = members.pop() ?? '';
    if ([...from].length !== 1) return notParsed(`"-" in a class has a range on its left`);
    if (codeOf(from) > codeOf(char)) return notParsed(`the range ${from}-${char} is backwards`);
    members.push(`${from}-${char}`);
  }
  if (members.length === 0) return notParsed('"[]" matches nothing');
  const set = members.map(memberSource).join('');
  return parsed({
    regexp: isNegated ? `[^/${set}]` : `(?!/)[${set}]`,
    isStar: false,
    next: at + 1,
  });
}

const UNCLOSED = '"[" has no "]": write "\\[" for the character itself';

function memberSource(member: string): string {
  const [from = '', , to] = [...member];
  return to === undefined ? codeEscape(from) : `${codeEscape(from)}-${codeEscape(to)}`;
}

function codeEscape(char: string): string {
  return `\\u{${codeOf(char).toString(16)}}`;
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function literal(char: string): string {
  return /[\p{L}\p{N}_-]/u.test(char) ? char : codeEscape(char);
}
