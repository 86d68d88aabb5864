import { writeFile } from 'node:fs/promises';
import { CONFIG, DATASET, IMAGE, SHARE } from './names.ts';

const TEXT = `# What is backed up, and where to. All other settings have defaults: docs/configuration.md
jobs:
  - name: demo
    source:
      type: rbd
      select: ["${IMAGE}"]
    target:
      type: zfs
      dataset: ${DATASET}
  - name: share
    source:
      type: cephfs
      select: ["${SHARE}"]
      scan: { settle: 5s }
    target:
      type: zfs
      dataset: ${DATASET}
`;

export async function writeDemoConfig(): Promise<string> {
  await writeFile(CONFIG, TEXT);
  return TEXT;
}
