import koffi, { type LibraryHandle } from 'koffi';
import { ErrnoError } from './errno.ts';

/** A C function as koffi offers it; koffi alone checks the arguments. */
export type NativeFunction = ReturnType<LibraryHandle['func']>;

/** A pointer to something that only C knows; 0n or null never reach our code. */
export type Pointer = bigint;

/**
 * Runs a C function on one of libuv's worker threads, so that the event loop goes on. The arguments
 * are held until it has returned: koffi itself keeps no Buffer alive.
 */
export function callAsync<Result>(fn: NativeFunction, args: readonly unknown[]): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  fn.async(...args, (error: Error | null, result: Result) => {
    // The reference in this closure is what keeps the arguments alive.
    void args.length;
    if (error) reject(error);
    else resolve(result);
  });
  return promise;
}

/** As {@link callAsync}, for functions that return a negative number and set errno when they fail. */
export function callLibcAsync(
  name: string,
  fn: NativeFunction,
  args: readonly unknown[],
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  fn.async(...args, (error: Error | null, result: number) => {
    // errno belongs to this callback only: it must be read before anything else is called.
    const failure = koffi.errno();
    void args.length;
    if (error) reject(error);
    else if (result < 0) reject(new ErrnoError(name, failure));
    else resolve(result);
  });
  return promise;
}
