import { describeVolumeGroups } from '../contract/volume-group.ts';
import { rbdHarness } from '../support/rbd-harness.ts';

describeVolumeGroups('small objects', () => rbdHarness({ create: ['--object-size', '64K'] }));

describeVolumeGroups('in a namespace, with a data pool', () =>
  rbdHarness({ namespace: 'tenant', dataPool: true, create: ['--object-size', '64K'] }),
);

describeVolumeGroups('with no feature but layering', () =>
  rbdHarness({ create: ['--object-size', '128K', '--image-feature', 'layering'] }),
);
