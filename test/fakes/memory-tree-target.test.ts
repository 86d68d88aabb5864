import { describeTreeTarget } from '../contract/tree-target.ts';
import { memoryTrees } from './memory-target-harness.ts';
import { MemoryTreePool } from './memory-tree-target.ts';

describeTreeTarget('in memory', async () => memoryTrees(new MemoryTreePool()));
