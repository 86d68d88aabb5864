import { CephfsClient } from './cephfs-client.ts';

/** Run as a process of its own, with a clock of its own: write-file.ts PATH TEXT */
const [path = '', text = ''] = process.argv.slice(2);
await using client = await CephfsClient.open();
await client.write(path, 0, Buffer.from(text));
await client.sync();
