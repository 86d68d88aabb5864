import type { NameOf } from './definitions.ts';

/** The value that a metric has now. */
export interface Sample {
  readonly name: NameOf<'gauge'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter that is kept elsewhere. */
export interface Total {
  readonly name: NameOf<'counter'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
