/** What a side of a connection shows, and what it believes; PEM. */
export interface TlsFiles {
  /** Who signs the other side's certificate. */
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Which certificates that they signed are revoked. */
  readonly crl?: string | Buffer;
}
