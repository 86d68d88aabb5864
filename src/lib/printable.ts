/**
 * Characters that change how a terminal shows what is around them: controls (escape sequences begin
 * with one), marks that turn the direction of writing, invisible ones, and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Text from elsewhere (names, messages) on one line of a terminal, with odd characters escaped. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape);
}

/** Like {@link printable} for text of several lines, which stay lines. */
export function printableLines(text: string): string[] {
  return text.trimEnd().split(/\r?\n/).map(printable);
}

/** JSON on one line, safe to show in a terminal. It means the same: the escapes are JSON's own. */
export function printableJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  return json.replace(UNSAFE, (char) => (char === '\n' ? char : unicodeEscape(char)));
}

function escape(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\n') return '\\n';
  if (char === '\t') return '\\t';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(char);
}

function unicodeEscape(char: string): string {
  return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
