/** What a text or a value came to: what was meant, or what is wrong with it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | NotParsed;

export interface NotParsed {
  readonly ok: false;
  readonly problem: string;
  /** What would be right, where that is more special than for all texts of the kind. */
  readonly allowed?: string;
}

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function notParsed(problem: string, allowed?: string): NotParsed {
  return allowed === undefined ? { ok: false, problem } : { ok: false, problem, allowed };
}
