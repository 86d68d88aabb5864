import { notParsed, type Parsed, parsed } from './parsed.ts';

/** What a regular expression may look like, for messages and documentation. */
export const REGEX_FORM = 'a regular expression of JavaScript (with the flag v), without slashes';

/** Reads a regular expression that matches anywhere in a text, unless `^` or `$` say otherwise. */
export function parseRegex(source: string): Parsed<RegExp> {
  const inSlashes = /^\/(?<inner>.+)\/[a-z]*$/.exec(source)?.groups?.['inner'];
  // It would be valid, and match only what has slashes in it.
  if (inSlashes !== undefined) return notParsed(`leave out the slashes: write ${inSlashes}`);
  try {
    return parsed(new RegExp(source, 'v'));
  } catch (error) {
    return notParsed(reasonOf(error, source));
  }
}

/** V8 says `Invalid regular expression: /SOURCE/v: Reason`. */
function reasonOf(error: unknown, source: string): string {
  if (!(error instanceof SyntaxError)) throw error;
  const start = `Invalid regular expression: /${source}/v: `;
  const { message } = error;
  if (!message.startsWith(start)) return message;
  const reason = message.slice(start.length);
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}
