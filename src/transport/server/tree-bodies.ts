import { countBlobs, readDetails, unpackBlobs } from '../../core/blobs.ts';
import { type Entry, type EntryDetails, readEntry, type TreePath } from '../../core/entry.ts';
import type { Budget } from '../../lib/budget.ts';
import { invalidMessage } from '../errors.ts';
import { unpackTask } from '../protocol/entry-task.ts';
import { MAX_TASK_BLOBS } from '../protocol/limits.ts';
import { requireTreePath } from '../protocol/names.ts';
import { type Admit, decoded } from './work.ts';

/** A byte string takes more memory than its four bytes in a body: so there are only so many at once. */
export function admitBlobs(budget: Budget): Admit {
  return async (body, signal) => {
    const count = countBlobs(body);
    if (count <= MAX_TASK_BLOBS) return budget.take(count, signal);
    throw invalidMessage(`a body has more than ${MAX_TASK_BLOBS} byte strings`);
  };
}

type Tuple<Count extends number> = Count extends 1
  ? readonly [Buffer]
  : Count extends 2
    ? readonly [Buffer, Buffer]
    : readonly [Buffer, Buffer, Buffer];

/** The byte strings of a body: exactly so many. */
export function blobsOf<Count extends 1 | 2 | 3>(body: Buffer, count: Count): Tuple<Count> {
  const blobs = decoded(() => unpackBlobs(body));
  if (blobs.length !== count || blobs.includes(null)) {
    throw invalidMessage(`the body of a request has not ${count} byte strings`);
  }
  return blobs as unknown as Tuple<Count>;
}

export function entryOf(bytes: Buffer): Entry {
  const entry = decoded(() => readEntry(bytes, 0));
  if (Number.isSafeInteger(entry.size)) return entry;
  throw invalidMessage('an entry is larger than anything can be');
}

/** What a request asks for of an entry. */
export interface Task {
  readonly path: TreePath;
  readonly entry: Entry;
  readonly details: EntryDetails;
}

export function taskOf(body: Buffer, top: 'top' | 'beneath' = 'beneath'): Task {
  const { path, entry, details } = decoded(() => unpackTask(body));
  requireTreePath(path, top);
  return { path, entry: entryOf(entry), details: checkDetails(details) };
}

/** The details that are all of a body. */
export function detailsOf(body: Buffer): EntryDetails {
  return checkDetails(decoded(() => readDetails(unpackBlobs(body))));
}

/** The settings came as JSON: they are names with texts, and nothing else. */
function checkDetails(details: EntryDetails): EntryDetails {
  const { settings } = details as { readonly settings: unknown };
  const isObject = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  if (isObject && Object.values(settings).every((value) => typeof value === 'string')) {
    return details;
  }
  throw invalidMessage('the settings of an entry are none');
}
