import { MAX_PIECE_BYTES } from '../../core/extent.ts';

/** A frame's head is JSON of at most so many bytes: a name and a few numbers. */
export const MAX_HEAD_BYTES = 4096;

/** A frame's body has at most so many bytes: a whole piece. */
export const MAX_BODY_BYTES = MAX_PIECE_BYTES;

/** A body that is no data of a piece has at most so many: a small file with all of its attributes. */
export const MAX_TASK_BYTES = 1024 * 1024;

/** The bodies of a transfer have at most so many byte strings at once: more than Linux lets an entry have attributes. */
export const MAX_TASK_BLOBS = 32 * 1024;

/** A batch that is compared has at most so many entries. */
export const MAX_COMPARED = 4096;

/** A source's description, as JSON: what fits in the properties of a snapshot. */
export const MAX_DESCRIPTION_CHARS = 64 * 1024;

/** So many bytes of replies to a transfer may be on their way, or kept for a connection that breaks. */
export const MAX_REPLIES_BYTES = 4 * 1024 * 1024;

/** The JSON of a call has at most so many bytes; a name list for removal is the largest that there is. */
export const MAX_CALL_BYTES = 1024 * 1024;

/** The JSON of an answer: states of datasets with thousands of snapshots. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** So many connections may carry the requests of one transfer. */
export const MAX_CHANNELS = 16;

/** How far the number of a request may be ahead of the oldest one whose reply has not arrived. */
export const MAX_AHEAD = 1024;
