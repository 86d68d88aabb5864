import type { DirectoryContext } from './context.ts';
import { cPath } from './path.ts';
import { proveSame } from './same-directory.ts';
import { translatingCephfs } from './translate.ts';

/** The sizes of all files beneath a directory together, in bytes: as the MDS knows by now, which lags behind. */
export async function readSize(context: DirectoryContext): Promise<number> {
  const { filesystem, name } = context;
  const { call, mount } = filesystem;
  await proveSame(context);
  return translatingCephfs({ what: `cannot find out the size of ${name}` }, async () =>
    Number(await call('readAttribute', mount.handle, cPath(name), 'ceph.dir.rbytes')),
  );
}
