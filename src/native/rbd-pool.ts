import koffi from 'koffi';
import { callAsync } from './call.ts';
import { check } from './errno.ts';
import type { IoContext } from './rados.ts';
import { rbd } from './rbd-functions.ts';
import { growing, sizeRef, splitNuls } from './strings.ts';

/** `struct { char *id; char *name; }` */
const IMAGE_SPEC_BYTES = 16;

export interface ImageSpec {
  readonly id: string;
  readonly name: string;
}

/** The images of a pool or namespace. */
export async function listImages(io: IoContext): Promise<readonly ImageSpec[]> {
  let specs = Buffer.alloc(0);
  const count = sizeRef(0);
  await growing('rbd_list2', 256, (room) => {
    specs = Buffer.alloc(room * IMAGE_SPEC_BYTES);
    count[0] = BigInt(room);
    return callAsync<number>(rbd().list, [io.handle, specs, count]);
  });
  const length = Number(count[0]);
  try {
    return Array.from({ length }, (_, index) => ({
      id: stringAt(specs, index * IMAGE_SPEC_BYTES),
      name: stringAt(specs, index * IMAGE_SPEC_BYTES + 8),
    }));
  } finally {
    rbd().imageSpecListCleanup(specs, length);
  }
}

/** The named namespaces of a pool; the one without a name is not among them. */
export async function listNamespaces(io: IoContext): Promise<readonly string[]> {
  let names = Buffer.alloc(0);
  const size = sizeRef(0);
  await growing('rbd_namespace_list', 4096, (room) => {
    names = Buffer.alloc(room);
    size[0] = BigInt(room);
    return callAsync<number>(rbd().namespaceList, [io.handle, names, size]);
  });
  return splitNuls(names.subarray(0, Number(size[0])));
}

/** Whether the pool has this namespace; `io` is of the pool's nameless one. */
export async function hasNamespace(io: IoContext, name: string): Promise<boolean> {
  const exists = [false];
  const result = await callAsync<number>(rbd().namespaceExists, [io.handle, name, exists]);
  check('rbd_namespace_exists', result);
  return exists[0] === true;
}

/** The string that a `char *` at an offset points to; empty for NULL. */
export function stringAt(struct: Buffer, offset: number): string {
  const address = struct.readBigUInt64LE(offset);
  return address === 0n ? '' : koffi.decode.string(address);
}
