import { type Entry, encodeEntry, readEntry } from '../../src/core/entry.ts';
import { detailsOf } from '../contract/plain-tree.ts';
import { treeOrder } from './tree-order.ts';
import { treeCatalogOf } from './tree-side.ts';

/**
 * A process that is killed while it writes a tree: `ROOT DATASET MOUNT-WAY ENTRY…`, entries in hex. It writes
 * the first file whole, of the second one a part, and says so. Then it waits for its end.
 */
const [root = '', dataset = '', way = '', ...entries] = process.argv.slice(2);
const [whole, cutOff] = entries.map((hex): Entry => readEntry(Buffer.from(hex, 'hex'), 0));
if (whole === undefined || cutOff === undefined) throw new Error('two entries, please');
const signal = new AbortController().signal;
const mountWay = way === 'directory' ? 'directory' : 'detached';
const target = treeCatalogOf(root, { mountWay }).open(dataset);
const writer = await target.begin(treeOrder('s1'), signal);
const data = Buffer.alloc(whole.size, 'w');
await writer.putFile(whole.name, whole, detailsOf({ data }), signal);
const file = await writer.openFile(cutOff.name, cutOff, signal);
const buffer = Buffer.alloc(cutOff.size, 'c');
const half = Math.floor(cutOff.size / 2);
const lease = { buffer, release: () => undefined };
await file.write({ kind: 'data', offset: 0, length: half, lease }, signal);
await file.checkpoint(half, signal);
process.stdout.write(`written ${encodeEntry(whole).length}\n`);
setInterval(() => undefined, 1000);
