import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Sink } from '../config/sink.ts';
import type { TlsFiles } from '../transport/tls.ts';
import { SinkError } from './errors.ts';

/** What the files hold that the configuration names. Throws a SinkError (`sink-files`). */
export async function readTlsFiles({ ca, cert, key, crl }: Sink['tls']): Promise<TlsFiles> {
  return {
    ca: await read(ca),
    cert: await read(cert),
    key: await read(key),
    ...(crl === undefined ? {} : { crl: await read(crl) }),
  };
}

/** Throws a SinkError (`sink-files`) unless a sink can use them together; `paths` are for the message. */
export function checkTlsFiles(files: TlsFiles, paths: Sink['tls']): void {
  attempt(paths.ca, () => new X509Certificate(files.ca));
  const cert = attempt(paths.cert, () => new X509Certificate(files.cert));
  const key = attempt(paths.key, () => createPrivateKey(files.key));
  if (!cert.checkPrivateKey(key)) {
    throw unusable(`the key in ${paths.key} is not that of the certificate in ${paths.cert}`);
  }
  attempt(paths.crl ?? paths.ca, () => createSecureContext({ ...files }));
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unusable(`${path} cannot be read`, cause);
  }
}

function attempt<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw unusable(`${path} is not what it should be`, cause);
  }
}

function unusable(problem: string, cause?: unknown): SinkError {
  return new SinkError({
    code: 'sink-files',
    message: `the TLS files of the sink cannot be used: ${problem}`,
    retry: 'backoff',
    hint: 'Compare `sink.tls` with the files. A sink that serves already goes on with what it had, and looks again in half a minute.',
    cause,
  });
}
