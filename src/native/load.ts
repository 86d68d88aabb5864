import koffi, { type LibraryHandle } from 'koffi';

/** A shared library that could not be loaded. */
export class LibraryMissingError extends Error {
  readonly library: string;
  /** The Debian package that has the library. */
  readonly packageName: string;

  constructor(library: string, packageName: string, cause: unknown) {
    super(`cannot load ${library}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'LibraryMissingError';
    this.library = library;
    this.packageName = packageName;
  }
}

/**
 * Stack of a C function that is called asynchronously, in bytes. koffi's own 128 KiB are too few
 * for librados and librbd. The memory is reserved for each call that is queued, but takes up RAM
 * only where it was touched.
 */
const ASYNC_STACK_BYTES = 8 * 1024 * 1024;

const loaded = new Map<string, LibraryHandle>();

/** Loads a shared library at its first use. */
function load(soname: string, packageName: string): LibraryHandle {
  const known = loaded.get(soname);
  if (known !== undefined) return known;
  // koffi refuses a change of its configuration once any library is loaded.
  if (koffi.config().async_stack_size !== ASYNC_STACK_BYTES) {
    koffi.config({ async_stack_size: ASYNC_STACK_BYTES });
  }
  try {
    const library = koffi.load(soname);
    loaded.set(soname, library);
    return library;
  } catch (cause) {
    throw new LibraryMissingError(soname, packageName, cause);
  }
}

export function libc(): LibraryHandle {
  return load('libc.so.6', 'libc6');
}

export function librados(): LibraryHandle {
  return load('librados.so.2', 'librados2');
}

export function librbd(): LibraryHandle {
  return load('librbd.so.1', 'librbd1');
}

export function libcephfs(): LibraryHandle {
  return load('libcephfs.so.2', 'libcephfs2');
}
