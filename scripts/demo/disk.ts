import { randomFillSync } from 'node:crypto';
import { copyFile, mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { run } from './commands.ts';
import { writeDifference } from './difference.ts';
import { IMAGE, WORK } from './names.ts';

const MIB = 1024 * 1024;
const DISK_BYTES = 2048 * MIB;
const PHOTOS = 400;
const NOTES = 200;

export const LETTER = 'home/ada/letter.txt';
const LETTERS = [
  'Dear Charles,\n\nthe engine weaves algebraical patterns.\n\nAda\n',
  'Dear Charles,\n\nnever mind my last letter. Nobody needs the engine.\n\nAda\n',
];

const before = `${WORK}disk`;
const after = `${WORK}disk.changed`;

/** Makes the image: a filesystem with some hundred files, on a disk that is mostly empty. */
export async function createDisk(): Promise<void> {
  await writeFiles(`${WORK}files`);
  await writeFile(before, '');
  await truncate(before, DISK_BYTES);
  // Without the lazy part: the disk is whole now, and need not be finished at the first mount.
  const options = 'lazy_itable_init=0,lazy_journal_init=0';
  await run('mkfs.ext4', '-q', '-L', 'demo-vm', '-E', options, '-d', `${WORK}files`, before);
  await run('lab/lab', 'ceph', 'rbd', 'import', '--no-progress', before, IMAGE);
}

async function writeFiles(root: string): Promise<void> {
  const home = `${root}/home/ada`;
  await mkdir(`${home}/photos`, { recursive: true });
  await mkdir(`${home}/notes`);
  await writeFile(`${root}/${LETTER}`, LETTERS[0] ?? '');
  for (let day = 1; day <= NOTES; day++) {
    await writeFile(`${home}/notes/day-${numbered(day)}.txt`, `Day ${day}: all quiet.\n`);
  }
  const noise = randomFillSync(Buffer.alloc(MIB));
  for (let photo = 1; photo <= PHOTOS; photo++) {
    randomFillSync(noise, 0, 4096);
    const size = 256 * 1024 + (photo % 8) * 96 * 1024;
    await writeFile(`${home}/photos/${numbered(photo)}.jpg`, noise.subarray(0, size));
  }
}

function numbered(number: number): string {
  return String(number).padStart(3, '0');
}

/** What happens on the disk between the two backups, in words. */
export const CHANGES = [
  `${LETTER} is overwritten`,
  'home/ada/photos/007.jpg is deleted',
  'home/ada/todo.txt is new',
];

/** Makes the changes in a copy of the disk, and brings the blocks that differ to the image. */
export async function changeDisk(): Promise<number> {
  await copyFile(before, after);
  await writeFile(`${WORK}letter`, LETTERS[1] ?? '');
  await writeFile(`${WORK}todo`, 'Buy a difference engine.\n');
  const script = [
    `rm ${LETTER}`,
    `write ${WORK}letter ${LETTER}`,
    'rm home/ada/photos/007.jpg',
    `write ${WORK}todo home/ada/todo.txt`,
  ];
  await writeFile(`${WORK}changes`, script.map((line) => `${line}\n`).join(''));
  await run('debugfs', '-w', '-f', `${WORK}changes`, after);
  // debugfs does not tell by its exit status whether all went well.
  await run('e2fsck', '-fn', after);
  await using stream = await open(`${WORK}difference`, 'w');
  const bytes = await writeDifference(before, after, stream);
  await run('lab/lab', 'ceph', 'rbd', 'import-diff', '--no-progress', `${WORK}difference`, IMAGE);
  return bytes;
}
