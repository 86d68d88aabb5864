import type { Schedule } from '../core/schedule.ts';
import { durationInWords } from '../lib/duration-words.ts';

/** `every 15 minutes`, `0 2 * * * (Europe/Zurich), up to 5 minutes later`. */
export function describeSchedule(schedule: Schedule | undefined): string {
  if (schedule === undefined) return 'only when triggered';
  const { jitter, catchUp } = schedule;
  const parts = [
    schedule.kind === 'every'
      ? `every ${durationInWords(schedule.every).replace(/^1 /, '')}`
      : `${schedule.cron} (${schedule.timezone})`,
  ];
  if (jitter > 0) parts.push(`up to ${durationInWords(jitter)} later`);
  if (!catchUp) parts.push('without catching up');
  return parts.join(', ');
}
