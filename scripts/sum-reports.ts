import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { TierReport } from './report-tier.ts';

/**
 * Adds up the reports of all tiers; a tier without a report, or with a skipped test, has failed. What did not pass
 * is told once more here: people read the end of a long log, and at times no more of it is kept.
 */
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  const tier = basename(file, '.json');
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as TierReport;
    for (const what of report.notPassed)
      console.log(`\n${tier}: ${what.replaceAll('\n', '\n  ')}\n`);
    console.log(
      `${tier}: ${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`,
    );
    totals.passed += report.passed;
    totals.failed += report.failed;
    totals.skipped += report.skipped;
  } catch (error) {
    console.log(`${tier}: no report (${error instanceof Error ? error.message : String(error)})`);
    totals.failed += 1;
  }
}
if (totals.passed === 0 || totals.failed > 0 || totals.skipped > 0) process.exitCode = 1;
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
