const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What a plain name may look like, for messages and documentation. */
export const PLAIN_NAME_FORM =
  'letters, digits, ".", "-" and "_", beginning with a letter or a digit';

/** What keeps a text from being a plain name of at most so many characters, or null. */
export function plainNameProblem(value: string, most: number): string | null {
  if (value.length > most) return `has ${value.length} characters`;
  return PLAIN.test(value) ? null : `${JSON.stringify(value)} has characters that are not allowed`;
}
