import { MAX_PIECE_BYTES } from '../../core/extent.ts';

/** A frame's head is JSON of at most so many bytes. */
export const MAX_HEAD_BYTES = 0xffff;

/** A frame's body has at most so many bytes: a whole piece. */
export const MAX_BODY_BYTES = MAX_PIECE_BYTES;

/** The JSON of a call has at most so many bytes; a name list for removal is the largest that there is. */
export const MAX_CALL_BYTES = 1024 * 1024;

/** The JSON of an answer: states of datasets with thousands of snapshots. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** So many connections may carry the requests of one transfer. */
export const MAX_CHANNELS = 16;

/** How far the number of a request may be ahead of the oldest one whose reply has not arrived. */
export const MAX_AHEAD = 1024;
