import type { Layout } from '../../native/cephfs-file.ts';
import type { Mount } from '../../native/cephfs-mount.ts';
import type { FilesystemContext } from './context.ts';
import { cPath } from './path.ts';

/** The path of the top of a tree, where relative paths begin. */
export const TOP = '.';

/** How large a tree is, and what a restore needs to know of it. */
export async function describeTree(
  { call, defaultLayout, defaultPool }: FilesystemContext,
  mount: Mount,
  name: string,
): Promise<{ readonly size: number; readonly description: Readonly<Record<string, unknown>> }> {
  const path = cPath(TOP);
  const bytes = await call('readAttribute', mount.handle, path, 'ceph.dir.rbytes');
  const request = { path, type: 'directory', size: 0, dataUpTo: 0, defaultLayout } as const;
  const { settings } = await call('readDetails', mount.handle, request);
  return {
    // For people only: of sparse files there can be more than a number holds.
    size: Math.min(Number(bytes ?? 0), Number.MAX_SAFE_INTEGER),
    description: { path: name, settings, defaultLayout: formatLayout(defaultLayout, defaultPool) },
  };
}

/** As Ceph writes a layout. */
function formatLayout({ stripeUnit, stripeCount, objectSize }: Layout, pool: string): string {
  return `stripe_unit=${stripeUnit} stripe_count=${stripeCount} object_size=${objectSize} pool=${pool}`;
}
