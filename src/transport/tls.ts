/** What a side of a connection shows, and what it believes; PEM. */
export interface TlsFiles {
  /** Who signs the other side's certificate. */
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Which certificates its authority has revoked, if there is such a list. */
  readonly crl?: string | Buffer;
}

/** Where they are. */
export interface TlsPaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl?: string | undefined;
}
