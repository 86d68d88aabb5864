import { describeTreeSource } from '../contract/tree-source.ts';
import { cephfsHarness } from '../support/cephfs-harness.ts';

describeTreeSource('CephFS', cephfsHarness);
