import { join, resolve } from 'node:path';

/** Where the files of an authority are. */
export interface Paths {
  readonly directory: string;
  readonly certificate: string;
  readonly key: string;
  readonly register: string;
  readonly revocationList: string;
  readonly issued: string;
  readonly lock: string;
}

/** The names of an authority's files in its directory. */
export const FILES = {
  certificate: 'ca.crt',
  key: 'ca.key',
  register: 'index.json',
  revocationList: 'crl.pem',
} as const;

export function pathsOf(folder: string): Paths {
  const directory = resolve(folder);
  return {
    directory,
    certificate: join(directory, FILES.certificate),
    key: join(directory, FILES.key),
    register: join(directory, FILES.register),
    revocationList: join(directory, FILES.revocationList),
    issued: join(directory, 'issued'),
    lock: join(directory, 'lock'),
  };
}
