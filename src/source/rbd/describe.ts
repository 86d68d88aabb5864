import type { Cluster } from '../../native/rados.ts';
import {
  imageCreatedAt,
  imageMetadata,
  imageOrder,
  imageParent,
} from '../../native/rbd-describe.ts';
import { featureNames, flagNames } from './features.ts';
import type { ImageHandle } from './image-handle.ts';

/** What a restore needs to make the image again, as it is at the snapshot that is open. */
export async function describeImage(
  cluster: Cluster,
  { image }: ImageHandle,
): Promise<Readonly<Record<string, unknown>>> {
  const order = imageOrder(image);
  const features = featureNames(image.features());
  return {
    format: 2,
    features,
    order,
    objectSize: 2 ** order,
    stripeUnit: Number(image.stripeUnit()),
    stripeCount: Number(image.stripeCount()),
    dataPool: features.includes('data-pool') ? cluster.poolName(image.dataPoolId()) : null,
    parent: imageParent(image),
    metadata: await imageMetadata(image),
    createdAt: new Date(imageCreatedAt(image) * 1000).toISOString(),
    flags: flagNames(image.flags()),
  };
}
