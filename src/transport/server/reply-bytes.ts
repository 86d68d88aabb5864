import { MAX_COMPARED } from '../protocol/limits.ts';
import { nameOf } from './places.ts';

/** What a target lists at once, packed: what one call of the kernel gives. */
const LIST_BYTES = 64 * 1024;

/** Of each entry that is compared: a verdict, a note, and an inode. */
const COMPARED_BYTES = 10;

/** A reply without a body has a few numbers in its head. */
const HEAD_BYTES = 256;

/** How long the reply to a request may become, in bytes. */
export function replyBytesOf(head: unknown): number {
  const name = nameOf(head);
  if (name === 'list' || name === 'list-more') return HEAD_BYTES + LIST_BYTES;
  if (name === 'compare') return HEAD_BYTES + COMPARED_BYTES * countOf(head);
  return HEAD_BYTES;
}

/** Of entries; what is no number, or too many, is refused before it is compared. */
function countOf(head: unknown): number {
  const { count } = head as { readonly count?: unknown };
  return Number.isInteger(count) ? Math.min(count as number, MAX_COMPARED) : 0;
}
