/** When a job runs by itself. */
export type Schedule = EverySchedule | CronSchedule;

/** What of a schedule says when a job is due. */
export type DueRule =
  | Pick<EverySchedule, 'kind' | 'every'>
  | Pick<CronSchedule, 'kind' | 'cron' | 'timezone'>;

interface Common {
  /** A run starts up to this many milliseconds after it is due. */
  readonly jitter: number;
  /** Whether one run makes up for those that came due while nobody could start them. */
  readonly catchUp: boolean;
}

export interface EverySchedule extends Common {
  readonly kind: 'every';
  /** Milliseconds from one due time to the next. */
  readonly every: number;
}

export interface CronSchedule extends Common {
  readonly kind: 'cron';
  /** As in crontab, with single spaces; a field for seconds may stand in front. */
  readonly cron: string;
  /** By its name in the IANA database. */
  readonly timezone: string;
}
