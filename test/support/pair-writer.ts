import { openWriter } from './rbd-writer.ts';

/**
 * A guest in a process of its own that writes a growing number to one image and then to another, over and over,
 * until its stdin ends: at each moment the first is ahead by one at most, and never behind.
 */
const [pool = '', first = '', second = ''] = process.argv.slice(2);
const images = [await openWriter(pool, '', first), await openWriter(pool, '', second)];
let isOver = false;
process.stdin.resume();
process.stdin.once('end', () => {
  isOver = true;
});
const block = Buffer.alloc(4096);
for (let number = 1n; !isOver; number++) {
  block.writeBigUInt64LE(number);
  for (const image of images) await image.write(0, block);
  if (number === 1n) process.stdout.write('ready\n');
}
for (const image of images) await image.close();
