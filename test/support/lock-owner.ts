import { openWriter } from './rbd-writer.ts';

/**
 * A guest in a process of its own: it owns the image's exclusive lock until its stdin ends. Stop it
 * with SIGSTOP, and it is one that does not answer.
 */
const [pool = '', image = ''] = process.argv.slice(2);
const writer = await openWriter(pool, '', image);
await writer.write(0, Buffer.alloc(4096, 'o'));
process.stdout.write('ready\n');
process.stdin.resume();
process.stdin.once('end', () => void writer.close());
