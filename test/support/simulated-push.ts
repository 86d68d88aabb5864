import { Judge } from '../../src/transport/client/compression/judge.ts';

const MIB = 1024 * 1024;
const PIECE = 4 * MIB;
/** So many pieces are under way at once. */
const WIDTH = 16;

/** What a push goes through at a moment, in MiB a second, and what becomes of its bytes. */
export interface Surroundings {
  readonly source: number;
  readonly link: number;
  readonly compressor: number;
  readonly ratio: number;
}

export interface Pushed {
  /** MiB of data a second. */
  readonly speed: number;
  /** Of all pieces, how many were compressed: from 0 to 1. */
  readonly compressed: number;
  /** How often the way changed. */
  readonly changes: number;
}

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/**
 * A push in a world in which time is a variable: a source, a compressor and a link, one after the other, each with a
 * speed of its own, and a judge that sees of them what it would see. Tells how each second went, from one of `marks` (in
 * seconds) to the next.
 */
export function simulatePush(
  around: (second: number) => Surroundings,
  marks: readonly number[],
): readonly Pushed[] {
  const events: Event[] = [];
  const freeAt = { source: 0, compressor: 0, link: 0 };
  let now = 0;
  let underWay = 0;
  let isReading = false;
  const judge = new Judge(() => now);
  const tally = { done: 0, pieces: 0, compressed: 0, changes: 0 };
  let last: 'plain' | 'compressed' = 'plain';

  function after(server: keyof typeof freeAt, bytes: number, happen: () => void): void {
    const from = Math.max(now, freeAt[server]);
    freeAt[server] = from + (bytes / MIB / around(now / 1000)[server]) * 1000;
    events.push({ at: freeAt[server], happen });
  }

  function read(): void {
    if (isReading || underWay >= WIDTH) return;
    isReading = true;
    underWay++;
    after('source', PIECE, () => {
      isReading = false;
      pack();
      read();
    });
  }

  function pack(): void {
    const way = judge.wayNow();
    tally.pieces++;
    if (way !== last) tally.changes++;
    last = way;
    const { ratio } = around(now / 1000);
    if (way === 'compressed') {
      tally.compressed++;
      compress(PIECE, () => {
        judge.compressed(PIECE, PIECE * ratio);
        send(PIECE * ratio);
      });
    } else if (judge.goesPlain(PIECE) === 'probe') {
      compress(MIB, () => {
        judge.probed(MIB, MIB * ratio);
        send(PIECE);
      });
    } else send(PIECE);
  }

  function compress(bytes: number, then: () => void): void {
    judge.compressor.begin();
    after('compressor', bytes, () => {
      judge.compressor.end(bytes);
      then();
    });
  }

  function send(bytes: number): void {
    judge.link.begin();
    after('link', bytes, () => {
      judge.link.end(bytes);
      tally.done += PIECE;
      underWay--;
      read();
    });
  }

  read();
  return marks.map((mark, index) => {
    const seconds = mark - (marks[index - 1] ?? 0);
    Object.assign(tally, { done: 0, pieces: 0, compressed: 0, changes: 0 });
    for (;;) {
      events.sort((a, b) => a.at - b.at);
      const next = events[0];
      if (next === undefined || next.at > mark * 1000) break;
      events.shift();
      now = next.at;
      next.happen();
    }
    const { done, pieces, compressed, changes } = tally;
    return { speed: done / MIB / seconds, compressed: compressed / pieces, changes };
  });
}
