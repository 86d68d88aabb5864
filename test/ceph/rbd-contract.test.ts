import { describeVolumeSource } from '../contract/volume-source.ts';
import { rbdHarness } from '../support/rbd-harness.ts';

const SMALL_OBJECTS = ['--object-size', '64K'];

describeVolumeSource('small objects', () => rbdHarness({ create: SMALL_OBJECTS }), {
  runs: 4,
  shrink: false,
});

describeVolumeSource(
  'striped over four objects',
  () =>
    rbdHarness({ create: ['--object-size', '64K', '--stripe-unit', '16K', '--stripe-count', '4'] }),
  { runs: 4, shrink: false },
);

describeVolumeSource(
  'in a namespace, with a data pool',
  () => rbdHarness({ namespace: 'tenant', dataPool: true, create: SMALL_OBJECTS }),
  { runs: 3, shrink: false },
);

describeVolumeSource(
  'with no feature but layering',
  () => rbdHarness({ create: ['--object-size', '128K', '--image-feature', 'layering'] }),
  { runs: 3, shrink: false },
);
