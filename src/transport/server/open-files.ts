import type { FileWriter } from '../../core/tree.ts';
import { invalidMessage } from '../errors.ts';

/** So many files may be open at once. */
const MAX_FILES = 64;

interface OpenFile {
  /** Bytes that the file will have. */
  readonly size: number;
  readonly writer: Promise<FileWriter>;
  opened: FileWriter | null;
}

/** The files that a transfer has open, by the numbers that the client gave them. */
export interface OpenFiles extends AsyncDisposable {
  open(file: number, size: number, open: () => Promise<FileWriter>): Promise<FileWriter>;
  get(file: number): FileWriter;
  /** Throws unless the range lies in the file. */
  requireInside(file: number, offset: number, length: number): void;
  /** One that is not open is no error. */
  close(file: number): Promise<void>;
}

export function createOpenFiles(): OpenFiles {
  const files = new Map<number, OpenFile>();

  function find(file: number): OpenFile {
    const found = files.get(file);
    if (found !== undefined) return found;
    throw invalidMessage(`no file is open as number ${file}`);
  }

  async function close(file: number): Promise<void> {
    const found = files.get(file);
    files.delete(file);
    const writer = await found?.writer.catch(() => undefined);
    await writer?.[Symbol.asyncDispose]();
  }

  return {
    async open(file, size, open) {
      if (files.has(file) || files.size >= MAX_FILES) {
        throw invalidMessage(`file ${file} is open, or too many are`);
      }
      const writer = open();
      const entry: OpenFile = { size, writer, opened: null };
      files.set(file, entry);
      try {
        entry.opened = await writer;
        return entry.opened;
      } catch (error) {
        files.delete(file);
        throw error;
      }
    },
    get(file) {
      const { opened } = find(file);
      if (opened !== null) return opened;
      throw invalidMessage(`file ${file} is not open yet`);
    },
    requireInside(file, offset, length) {
      const { size } = find(file);
      if (offset + length <= size) return;
      throw invalidMessage(`${length} bytes at ${offset} are not in a file of ${size} bytes`);
    },
    close,
    async [Symbol.asyncDispose]() {
      for (const file of files.keys()) await close(file);
    },
  };
}
