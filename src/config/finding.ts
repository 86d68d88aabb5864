export type ConfigPath = readonly PropertyKey[];

/** A problem before its place in the text was looked up. */
export interface Finding {
  readonly path: ConfigPath;
  /** Whether the key is wrong or the value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly allowed?: string;
  /** Another place that has to do with it: the message gets its position. */
  readonly other?: ConfigPath;
}
