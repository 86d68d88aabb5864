import { constants } from 'node:os';

/** Errno values that Ceph uses and Node has no name for. */
const EXTRA_ERRNOS: Readonly<Record<string, number>> = { ESHUTDOWN: 108, ENOKEY: 126 };

const names = new Map<number, string>();
for (const [name, value] of Object.entries({ ...EXTRA_ERRNOS, ...constants.errno })) {
  // EAGAIN and EWOULDBLOCK share a number: the first one is the common name.
  if (!names.has(value)) names.set(value, name);
}

/** The number of an errno by its name, positive: `errno('ENOENT')` is 2. */
export function errno(name: string): number {
  const value = constants.errno[name as keyof typeof constants.errno] ?? EXTRA_ERRNOS[name];
  if (value === undefined) throw new RangeError(`no errno is called ${name}`);
  return value;
}

/** The name of a positive errno: `ENOENT` for 2; `E` and the number if it has none. */
export function errnoName(value: number): string {
  return names.get(value) ?? `E${value}`;
}

/** A C function that failed. Callers translate it into an error for the operator. */
export class ErrnoError extends Error {
  /** Name of the C function. */
  readonly call: string;
  /** Positive errno. */
  readonly errno: number;
  /** Name of the errno, like `ENOENT`. */
  readonly code: string;

  constructor(call: string, value: number) {
    const code = errnoName(value);
    super(`${call} failed: ${code} (errno ${value})`);
    this.name = 'ErrnoError';
    this.call = call;
    this.errno = value;
    this.code = code;
  }
}

/** Ceph's functions return a count or `-errno`: throws for the latter, else returns the count. */
export function check(call: string, result: number): number {
  if (result < 0) throw new ErrnoError(call, -result);
  return result;
}
