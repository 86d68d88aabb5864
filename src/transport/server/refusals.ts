/** Connections that were not let in, by why. */
export interface Refusals {
  /** No TLS connection came of them: another version, no TLS at all, or it took too long. */
  handshake: number;
  /** The certificate is not accepted: it is of another authority, has ended, or is revoked; or none was shown. */
  certificate: number;
  /** The certificate's name is no client. */
  client: number;
  /** There are as many connections as there may be. */
  busy: number;
}

export function noRefusals(): Refusals {
  return { handshake: 0, certificate: 0, client: 0, busy: 0 };
}
