import type { SinkTarget } from '../config/target.ts';
import type { SinkClientOptions } from '../transport/client/options.ts';
import { readTls } from '../transport/read-tls.ts';

/** How a sink is reached. Its files are read now, so that what was renewed counts from the next run on. */
export async function sinkOptions({
  url,
  tls,
  channels,
  compress,
}: Pick<SinkTarget, 'url' | 'tls' | 'channels' | 'compress'>): Promise<SinkClientOptions> {
  return { url: new URL(url), tls: await readTls(tls), channels, compress };
}
