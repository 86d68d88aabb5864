import { TransportError } from '../errors.ts';

/** What Node's TLS calls a certificate that it does not accept, or that was not accepted. */
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|ERR_SSL_.*(?:ALERT|CERT)|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** The error for a connection that could not be made, or broke. */
export function unreachable(url: URL, cause: unknown): TransportError {
  if (cause instanceof TransportError && cause.code !== 'sink-unreachable') return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  if (CERTIFICATE.test(codeOf(cause))) {
    return new TransportError({
      code: 'sink-certificate',
      message: `there is no trust between this side and the sink at ${url.host}: ${words}`,
      retry: 'never',
      hint: 'Compare `tls.ca`, `tls.cert` and `tls.key` with those of the sink, the host in `url` with the names in its certificate, and the clocks.',
      cause,
    });
  }
  return new TransportError({
    code: 'sink-unreachable',
    message: `the sink at ${url.host} cannot be reached: ${words}`,
    retry: 'backoff',
    hint: 'See whether it runs, and whether a firewall is in between; the next run continues.',
    cause,
  });
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : '';
}
