import { columnsOf, padEnd, padStart, shorten } from '../../lib/columns.ts';
import { formatDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { rateOf, timeLeft } from '../../lib/rate.ts';
import { formatBytes, formatRate } from '../../lib/size.ts';
import type { ActiveTransfer, RunState } from './run-state.ts';
import { isPlan } from './summary.ts';
import { count, entriesText } from './words.ts';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Whether the terminal shows more than ASCII. */
  readonly isUnicode: boolean;
}

/** A part of a line; those of low rank are left out first when the line is too long. */
interface Cell {
  readonly text: string;
  readonly rank: number;
}

const MIN_NAME = 16;
const BAR = 16;
/** Widest phase, `committing`. */
const PHASE = 10;

/** The lines that are drawn over and over: what is under way, and the run as a whole. */
export function liveLines(state: RunState, now: number, screen: Screen): string[] {
  if (state.result !== null) return [];
  const transfers = [...state.active.values()];
  // One line for the run, one for what does not fit, one that the cursor stands on.
  const room = Math.max(1, screen.rows - 3);
  const visible = transfers.length > room ? transfers.slice(0, room) : transfers;
  const longest = Math.max(0, ...visible.map(({ source }) => columnsOf(printable(source))));
  const lines = visible.map((transfer) => transferLine(transfer, now, screen, longest));
  const hidden = transfers.length - visible.length;
  if (hidden > 0) lines.push(`… and ${hidden} more`);
  // Before the run's process has told of itself there is nothing to show.
  if (state.startedAt > 0) lines.push(runLine(state, now));
  return lines.map((line) => shorten(line, screen.columns - 1));
}

/** One line about the run as a whole. */
function runLine(state: RunState, now: number): string {
  const { selected, succeeded, failures, partial, warnings, active } = state;
  const done = isPlan(state) ? state.plans.length : succeeded;
  const facts = [selected === null ? 'looking for sources' : `${done} of ${selected} done`];
  if (failures.length > 0) facts.push(`${failures.length} failed`);
  if (partial.length > 0) facts.push(`${partial.length} PARTIAL`);
  if (warnings > 0) facts.push(count(warnings, 'warning'));
  const writing = [...active.values()].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
  if (state.task === 'back-up' && !state.dryRun)
    facts.push(`wrote ${formatBytes(state.bytesWritten + writing)}`);
  facts.push(formatDuration(Math.max(0, now - state.startedAt)));
  return `${printable(state.job)}: ${facts.join(', ')}`;
}

function transferLine(
  transfer: ActiveTransfer,
  now: number,
  { columns, isUnicode }: Screen,
  longest: number,
): string {
  const cells = cellsOf(transfer, now, isUnicode);
  const width = () => cells.reduce((sum, { text }) => sum + 2 + columnsOf(text), 0);
  const name = printable(transfer.source);
  const wanted = Math.max(MIN_NAME, Math.min(longest, Math.floor(columns * 0.4)));
  while (cells.length > 1 && wanted + width() > columns - 1) {
    const least = Math.min(...cells.map(({ rank }) => rank));
    cells.splice(
      cells.findIndex(({ rank }) => rank === least),
      1,
    );
  }
  const room = Math.max(1, Math.min(Math.max(longest, MIN_NAME), columns - 1 - width()));
  const line = [padEnd(shorten(name, room), room), ...cells.map(({ text }) => text)].join('  ');
  return line.trimEnd();
}

function cellsOf(transfer: ActiveTransfer, now: number, isUnicode: boolean): Cell[] {
  const { phase, bytesDone, bytesTotal, entries, samples } = transfer;
  const cells: Cell[] = [{ text: padEnd(phase, PHASE), rank: 9 }];
  if (entries !== null) return [...cells, ...treeCells(transfer, entries, now)];
  const hasBytes = phase === 'copying' || phase === 'sampling';
  if (!hasBytes || bytesTotal === null || bytesTotal === 0) return cells;
  const share = Math.min(1, bytesDone / bytesTotal);
  const rate = rateOf(samples, now);
  const left = timeLeft(bytesTotal - bytesDone, rate);
  cells.push(
    { text: bar(share, isUnicode), rank: 1 },
    { text: padStart(`${Math.floor(share * 100)}%`, 4), rank: 8 },
    {
      text: `${padStart(formatBytes(bytesDone), 8)} of ${padEnd(formatBytes(bytesTotal), 8)}`,
      rank: 3,
    },
    { text: padStart(formatRate(rate), 10), rank: 5 },
    { text: padEnd(left === null ? '' : `${formatDuration(left)} left`, 11), rank: 4 },
  );
  return cells;
}

/** Of a tree nobody knows how much there is, so that there is no share and no time left. */
function treeCells({ bytesDone, samples }: ActiveTransfer, entries: number, now: number): Cell[] {
  return [
    { text: padStart(entriesText(entries), 16), rank: 8 },
    { text: `${padStart(formatBytes(bytesDone), 8)} copied`, rank: 5 },
    { text: padStart(formatRate(rateOf(samples, now)), 10), rank: 4 },
  ];
}

function bar(share: number, isUnicode: boolean): string {
  const full = Math.floor(share * BAR);
  const [done, rest] = isUnicode ? ['━', '┈'] : ['#', '-'];
  return done.repeat(full) + rest.repeat(BAR - full);
}
