import type { Sink } from '../config/sink.ts';
import { readTls } from '../transport/read-tls.ts';
import type { TlsFiles } from '../transport/tls.ts';

/** Takes over what the TLS files hold, whenever that is something else. */
export interface TlsKeeper {
  /** What keeps files that are there now from being used; null when they are. */
  readonly problem: unknown;
  /** Looks at the files, from now on those of `paths`, if that is given. Never throws. */
  look(paths?: Sink['tls']): Promise<void>;
}

/** `first`: what is in use; `use` is called with each set of files that is good and another one than before. */
export function createTlsKeeper(
  first: { readonly paths: Sink['tls']; readonly files: TlsFiles },
  use: (files: TlsFiles) => void,
): TlsKeeper {
  let { paths, files } = first;
  let problem: unknown = null;
  let last = Promise.resolve();

  async function lookNow(): Promise<void> {
    try {
      const found = await readTls(paths);
      if (!isSame(found, files)) {
        use(found);
        files = found;
      }
      problem = null;
    } catch (error) {
      problem = error;
    }
  }

  return {
    get problem() {
      return problem;
    },
    look(next = paths) {
      // One after the other: what was read later must not be undone by what was read before.
      last = last.then(() => {
        paths = next;
        return lookNow();
      });
      return last;
    },
  };
}

function isSame(one: TlsFiles, other: TlsFiles): boolean {
  const parts = ['ca', 'cert', 'key', 'crl'] as const;
  return parts.every((part) => String(one[part]) === String(other[part]));
}
