import { CephError } from '../ceph/errors.ts';

export interface ImageName {
  readonly pool: string;
  /** Empty for the pool's nameless namespace. */
  readonly namespace: string;
  readonly image: string;
}

/** `pool[/namespace]/image` */
export function formatImageName({ pool, namespace, image }: ImageName): string {
  return namespace === '' ? `${pool}/${image}` : `${pool}/${namespace}/${image}`;
}

export interface GroupName {
  readonly pool: string;
  /** Empty for the pool's nameless namespace. */
  readonly namespace: string;
  readonly group: string;
}

/** `pool[/namespace]/group` */
export function formatGroupName({ group, ...place }: GroupName): string {
  return formatImageName({ ...place, image: group });
}

/** The parts of `pool[/namespace]/image`. Neither pools nor namespaces nor images contain a slash. */
export function parseImageName(name: string): ImageName {
  const parts = name.split('/');
  const [pool, middle, last] = parts;
  const valid = (parts.length === 2 || parts.length === 3) && parts.every((part) => part !== '');
  if (!valid || pool === undefined || middle === undefined) {
    throw new CephError('image-missing', `${JSON.stringify(name)} is no name of an image`, {
      hint: 'Names have the form `pool/image` or `pool/namespace/image`.',
    });
  }
  return last === undefined
    ? { pool, namespace: '', image: middle }
    : { pool, namespace: middle, image: last };
}
