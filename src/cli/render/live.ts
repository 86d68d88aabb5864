import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../../core/events.ts';
import { printable } from '../../lib/printable.ts';
import { type OutputStream, writeLines } from '../context.ts';
import { decisionLines } from './decisions.ts';
import { liveLines } from './live-lines.ts';
import type { Renderer } from './renderer.ts';
import { INITIAL_STATE, nextState } from './run-state.ts';
import { selectionLines } from './selection.ts';
import { failureLines, partialLines, planLines, totalLines } from './summary.ts';
import {
  failedText,
  finishedText,
  hookText,
  prunedText,
  vanishedText,
  warningText,
} from './words.ts';

const DRAW_EVERY_MS = 200;

/** A line for each source that is under way, drawn in place; what is finished scrolls up above. */
export function createLiveRenderer(stdout: OutputStream, env: NodeJS.ProcessEnv): Renderer {
  const draw = createLogUpdate(stdout);
  const isUnicode = /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
  let state = INITIAL_STATE;

  function redraw(): void {
    const { columns = 80, rows = 24 } = stdout;
    draw(liveLines(state, Date.now(), { columns, rows, isUnicode }).join('\n'));
  }
  // Time and rates move on when no event comes. The run keeps the process alive, not this.
  const timer = setInterval(redraw, DRAW_EVERY_MS).unref();

  function stop(): void {
    clearInterval(timer);
    draw.clear();
    draw.done();
  }

  return {
    event(event) {
      state = nextState(state, event);
      const line = permanentLine(event, stdout);
      if (line !== null) draw.persist(line);
      if (event.type !== 'run-finished') return;
      stop();
      writeLines(stdout, [...planLines(state), ...decisionLines(state), ...selectionLines(state)]);
      writeLines(stdout, [...partialLines(state), ...failureLines(state)].map(inRed(stdout)));
      writeLines(stdout, totalLines(state));
    },
    note: (text) => draw.persist(text),
    close: stop,
  };
}

function permanentLine(event: RunEvent, stream: OutputStream): string | null {
  if (event.type === 'warning') return styleText('yellow', warningText(event), { stream });
  if (event.type === 'transfer-finished') {
    const isPartial = event.tree !== null && event.tree.skipped > 0;
    const label = isPartial
      ? styleText('yellow', 'partial', { stream })
      : styleText('green', 'ok', { stream });
    return `${label} ${printable(event.source)}: ${finishedText(event)}`;
  }
  if (event.type === 'sources-vanished') return vanishedText(event);
  if (event.type === 'snapshots-pruned') return `${printable(event.source)}: ${prunedText(event)}`;
  if (event.type === 'hook-finished' && event.outcome !== 'ok') {
    const about = event.source === null ? '' : `${printable(event.source)}: `;
    return styleText('yellow', about + hookText(event), { stream });
  }
  if (event.type !== 'transfer-failed') return null;
  const text = `${printable(event.source)}: ${failedText(event)}`;
  return `${styleText('red', 'failed', { stream })} ${text}`;
}

/** Only the first line of each failure: what explains it is read more easily as it is. */
function inRed(stream: OutputStream): (line: string) => string {
  return (line) => (line.startsWith(' ') ? line : styleText('red', line, { stream }));
}
