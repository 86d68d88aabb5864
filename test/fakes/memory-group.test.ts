import { describeVolumeGroups } from '../contract/volume-group.ts';
import { memoryHarness } from './memory-harness.ts';

describeVolumeGroups('memory', async () => memoryHarness());
