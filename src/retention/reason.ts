import { writeDuration } from '../lib/duration.ts';
import type { PeriodRule } from './periods.ts';

/**
 * What keeps a snapshot whatever the rules say.
 * - `base`: the newest snapshot that both sides have. It is kept on both, or the next transfer is a full one;
 * - `on-source`: the source still has it, and this one is the proof that it is ours there;
 * - `pinned`: the operator wants it kept;
 * - `held`: it has a hold (`zfs hold`), so ZFS would not remove it;
 * - `cloned`: it has clones, so likewise.
 */
export type Protection = 'base' | 'on-source' | 'pinned' | 'held' | 'cloned';

/** Why a snapshot stays. */
export type KeepReason =
  /** There are no rules, so everything stays. */
  | { readonly kind: 'no-rules' }
  /** It was made under another prefix, so most likely by another job. */
  | { readonly kind: 'other-prefix' }
  /** No rule may remove the last backup. */
  | { readonly kind: 'newest' }
  | { readonly kind: Protection }
  /** `rank` counts from 1, the newest. */
  | { readonly kind: 'last'; readonly rank: number; readonly of: number }
  /** `limit` in milliseconds. */
  | { readonly kind: 'within'; readonly limit: number }
  | PeriodReason
  | { readonly kind: 'regex'; readonly regex: string };

/** A snapshot is the newest of its period. */
export interface PeriodReason {
  readonly kind: PeriodRule;
  /** Such as `2026-11-24`. */
  readonly period: string;
  /** Of the period, among those that have snapshots; counts from 1, the newest. */
  readonly rank: number;
  readonly of: number;
}

/** The reason in a few words, such as `daily 3 of 14 (2026-11-21)`. */
export function describeReason(reason: KeepReason): string {
  switch (reason.kind) {
    case 'no-rules':
      return 'no rules: all are kept';
    case 'other-prefix':
      return 'not of this job: another prefix';
    case 'newest':
      return 'the newest';
    case 'base':
      return 'base: the newest on both sides';
    case 'on-source':
      return 'the source still has it';
    case 'pinned':
      return 'pinned';
    case 'held':
      return 'held (zfs hold)';
    case 'cloned':
      return 'has clones';
    case 'last':
      return `last ${reason.rank} of ${reason.of}`;
    case 'within':
      return `within ${writeDuration(reason.limit)} of the newest`;
    case 'regex':
      return `name matches ${reason.regex}`;
    case 'hourly':
    case 'daily':
    case 'weekly':
    case 'monthly':
    case 'yearly':
      return `${reason.kind} ${reason.rank} of ${reason.of} (${reason.period})`;
  }
}
