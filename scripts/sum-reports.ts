import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The part of vitest's JSON report that is added up. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}

/** Adds up the reports of all tiers; a tier without a report, or with a skipped test, has failed. */
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  const tier = basename(file, '.json');
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const skipped = report.numPendingTests + report.numTodoTests;
    const failed = report.numFailedTests + (report.success || report.numFailedTests > 0 ? 0 : 1);
    console.log(`${tier}: ${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
    totals.passed += report.numPassedTests;
    totals.failed += failed;
    totals.skipped += skipped;
  } catch (error) {
    console.log(`${tier}: no report (${error instanceof Error ? error.message : String(error)})`);
    totals.failed += 1;
  }
}
if (totals.passed === 0 || totals.failed > 0 || totals.skipped > 0) process.exitCode = 1;
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
