/** How fast data may go. Limits are bytes per second; null is no limit. */
export interface Bandwidth {
  /** Outside of all windows. */
  readonly limit: number | null;
  /** Where the hours of the windows are those that clocks on the wall show. */
  readonly timezone: string;
  /** No two of them overlap. */
  readonly windows: readonly BandwidthWindow[];
}

/** Hours in which another limit holds. */
export interface BandwidthWindow {
  /** Minutes since midnight. */
  readonly from: number;
  /** Likewise; not later than `from` means on the next day. */
  readonly to: number;
  /** Days on which the window begins: 0 is Monday, 6 is Sunday. */
  readonly days: readonly number[];
  readonly limit: number | null;
}
