/**
 * Which snapshots of one side are kept. A snapshot stays if any of the rules keeps it. Without any
 * rule (an empty object) only what is protected stays.
 */
export interface KeepRules {
  /** So many of the newest. */
  readonly last?: number | undefined;
  /** Milliseconds: all that are at most this much older than the newest. */
  readonly within?: number | undefined;
  /** The newest of each of the newest so many hours in which there are any; likewise those below. */
  readonly hourly?: number | undefined;
  readonly daily?: number | undefined;
  /** Weeks as in ISO 8601: from Monday to Sunday. */
  readonly weekly?: number | undefined;
  readonly monthly?: number | undefined;
  readonly yearly?: number | undefined;
  /** All whose names match this regular expression, as `parseRegex` reads it. */
  readonly regex?: string | undefined;
}
