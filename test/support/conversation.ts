import { detailBlobs, packBlobs } from '../../src/core/blobs.ts';
import { encodeEntry } from '../../src/core/entry.ts';
import { packTask } from '../../src/transport/protocol/entry-task.ts';
import { FRAME, type FrameToSend } from '../../src/transport/protocol/frame.ts';
import { detailsOf, entryOf } from '../contract/plain-tree.ts';

/** What a client says in a transfer: how it begins, and the frames of its one channel. */
export interface Conversation {
  readonly call: 'begin-volume' | 'begin-tree';
  readonly on:
    | { readonly kind: 'volumes' }
    | { readonly kind: 'trees'; readonly filesystem: string };
  readonly source: string;
  readonly identity: object;
  readonly order: object;
  readonly scan: object | null;
  readonly frames: readonly FrameToSend[];
}

const BLOCK = 4096;

type Asked = readonly [head: { readonly do: string }, body?: Uint8Array];

function framesOf(...requests: readonly Asked[]): readonly FrameToSend[] {
  const frames = requests.map(
    ([head, body], index): FrameToSend => ({
      type: FRAME.request,
      id: index + 1,
      receipt: 1,
      head,
      ...(body === undefined ? {} : { body }),
    }),
  );
  return [...frames, { type: FRAME.end, head: { frames: frames.length + 1 } }];
}

/** An image of four blocks, all of which are written. */
export function imageConversation(): Conversation {
  const identity = { kind: 'rbd', cluster: 'fsid', pool: '1', image: 'abc' };
  const piece = (n: number, kind: string) => ({
    do: 'piece',
    apply: 0,
    n,
    kind,
    offset: n * BLOCK,
    length: BLOCK,
  });
  const data = Buffer.alloc(BLOCK, 1);
  const snapshot = { name: 's1', id: '7', size: 4 * BLOCK, group: null, isProtected: false };
  const about = { source: 'rbd/image', identity, snapshot, base: null, checkpoint: null };
  return {
    call: 'begin-volume',
    on: { kind: 'volumes' },
    source: 'rbd/image',
    identity,
    order: { ...about, description: { features: ['layering'] }, compare: false },
    scan: null,
    frames: framesOf(
      [piece(0, 'data'), data],
      [piece(1, 'zero')],
      [piece(2, 'data'), data],
      [piece(3, 'data'), data],
      [{ do: 'finish', apply: 0, count: 4 } as Asked[0]],
    ),
  };
}

/** A tree with something of each request that there is. */
export function treeConversation(): Conversation {
  const identity = { kind: 'cephfs', cluster: 'fsid', filesystem: '1', inode: '9' };
  const path = (name: string) => Buffer.from(name);
  const file = (size: number) => entryOf('f', 'file', { size });
  const entry = (size: number) => encodeEntry(file(size));
  const directory = encodeEntry(entryOf('d', 'directory'));
  const task = (name: string, data: string) =>
    packTask(path(name), file(data.length), detailsOf({ data: Buffer.from(data) }));
  const ask = (name: string, ...rest: readonly object[]) =>
    Object.assign({ do: name }, ...rest) as Asked[0];
  const snapshot = { name: 's1', id: '1', takenAt: 5 };
  const about = { source: '/home', identity, snapshot, base: null, resume: false };
  return {
    call: 'begin-tree',
    on: { kind: 'trees', filesystem: 'fs' },
    source: '/home',
    identity,
    order: { ...about, description: {}, size: 1, youngSince: '0' },
    scan: { takenAt: 5, fullAt: 5, skipped: 0 },
    frames: framesOf(
      [ask('make-directory'), packBlobs([path('d'), directory])],
      [ask('put-file'), task('d/f', 'x')],
      [ask('put-file'), task('g', 'xyz')],
      [ask('compare', { count: 1 }), packBlobs([path(''), entry(3)])],
      [ask('list', { list: 1 }), packBlobs([path('')])],
      [ask('list-more', { list: 1 })],
      [ask('list-close', { list: 1 })],
      [ask('count'), packBlobs([path('d')])],
      [ask('open-file', { file: 1 }), packBlobs([path('h'), entry(BLOCK)])],
      [ask('write-file', { file: 1, kind: 'data', offset: 0, length: BLOCK }), Buffer.alloc(BLOCK)],
      [ask('checkpoint-file', { file: 1, offset: BLOCK })],
      [ask('finish-file', { file: 1 }), packBlobs(detailBlobs(detailsOf()))],
      [ask('close-file', { file: 1 })],
      [ask('set-metadata', { links: false }), task('g', '')],
      [ask('link'), packBlobs([path('g'), path('g2'), entry(3)])],
      [ask('move'), packBlobs([path('g2'), path('d/g2')])],
      [ask('remove'), packBlobs([path('d')])],
    ),
  };
}
