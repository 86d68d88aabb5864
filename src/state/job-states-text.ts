import type { JobState } from '../core/job-state.ts';
import type { DueRule } from '../core/schedule.ts';
import { parseCron } from '../lib/cron.ts';
import { notParsed, type Parsed, parsed } from '../lib/parsed.ts';
import { parseTimeZone } from '../lib/time-zone.ts';

const VERSION = 1;

/** The text of the file: what {@link parseJobStates} reads. */
export function writeJobStates(states: ReadonlyMap<string, JobState>): string {
  const jobs = Object.fromEntries(states);
  return `${JSON.stringify({ version: VERSION, jobs }, null, 2)}\n`;
}

/** Reads the bytes of the file. What is not understood wholly is refused: it must not be written over. */
export function parseJobStates(bytes: Uint8Array): Parsed<ReadonlyMap<string, JobState>> {
  const json = parseJson(bytes);
  if (!json.ok) return json;
  const { version, jobs } = asObject(json.value);
  if (typeof version === 'number' && version > VERSION) {
    return notParsed(`it is of version ${version}, and this program knows ${VERSION} only`);
  }
  if (version !== VERSION) return notParsed('it has no version');
  if (!isObject(jobs)) return notParsed('it has no jobs');
  const states = new Map<string, JobState>();
  for (const [name, job] of Object.entries(jobs)) {
    const { lastDueAt, rule, pausedAt } = asObject(job);
    if (!isTime(lastDueAt) || !isTime(pausedAt)) {
      return notParsed(`what it has of the job ${JSON.stringify(name)} is not the state of one`);
    }
    const known = ruleOf(rule);
    states.set(name, { lastDueAt, ...(known === null ? {} : { rule: known }), pausedAt });
  }
  return parsed(states);
}

function parseJson(bytes: Uint8Array): Parsed<unknown> {
  try {
    return parsed(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    return notParsed(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Null for what is no rule, or none any more: then nobody knows, which does no harm. */
function ruleOf(value: unknown): DueRule | null {
  const { kind, every, cron, timezone } = asObject(value);
  if (kind === 'every') {
    return typeof every === 'number' && every > 0 ? { kind, every } : null;
  }
  if (kind !== 'cron' || typeof cron !== 'string' || typeof timezone !== 'string') return null;
  const isKnown = parseCron(cron).ok && parseTimeZone(timezone).ok;
  return isKnown ? { kind, cron, timezone } : null;
}

function isTime(value: unknown): value is number | null {
  return value === null || Number.isFinite(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}
