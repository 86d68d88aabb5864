import { printableJson } from '../../lib/printable.ts';
import { type OutputStream, writeLines } from '../context.ts';
import type { Renderer } from './renderer.ts';

/** One event a line, as it is. Notes go to standard error: the stream holds events only. */
export function createJsonRenderer(stdout: OutputStream, stderr: OutputStream): Renderer {
  return {
    event: (event) => writeLines(stdout, [printableJson(event)]),
    note: (text) => writeLines(stderr, [text]),
    close: () => {},
  };
}
