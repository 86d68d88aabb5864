import { writeFileSync } from 'node:fs';
import type {
  Reporter,
  SerializedError,
  TestCase,
  TestModule,
  TestSuite,
  Vitest,
} from 'vitest/node';

/** What one tier of tests came to, as JSON. Written by this file, read by sum-reports.ts. */
export interface TierReport {
  readonly passed: number;
  /** Tests, and hooks and workers beside them. */
  readonly failed: number;
  readonly skipped: number;
  /** Each that failed or was skipped, with its errors, as text. */
  readonly notPassed: readonly string[];
}

/**
 * Writes a `TierReport` to `--outputFile.tier`. Vitest's own JSON has neither the errors of hooks nor
 * those of workers that died.
 */
export default class ReportTier implements Reporter {
  #file = '';

  onInit({ config }: Vitest): void {
    const { outputFile } = config;
    this.#file = (typeof outputFile === 'object' && outputFile['tier']) || '';
    if (this.#file === '') throw new Error('say with --outputFile.tier where the report is to go');
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const failures = [
      ...modules.flatMap((module) => [module, ...module.children.allSuites()]).flatMap(inHooks),
      ...tests.flatMap(inTest),
      ...unhandled.map((error) => `outside of the tests\n${textOf(error)}`),
    ];
    const notRun = tests.filter((test) => !/passed|failed/.test(test.result().state));
    const report: TierReport = {
      passed: tests.filter((test) => test.result().state === 'passed').length,
      failed: failures.length,
      skipped: notRun.length,
      notPassed: [...failures, ...notRun.map((test) => `${nameOf(test)}\ndid not run`)],
    };
    writeFileSync(this.#file, JSON.stringify(report));
  }
}

function inHooks(part: TestModule | TestSuite): string[] {
  return part.errors().map((error) => `${nameOf(part)}: a hook, or the file\n${textOf(error)}`);
}

function inTest(test: TestCase): string[] {
  const result = test.result();
  if (result.state !== 'failed') return [];
  return [[nameOf(test), ...result.errors.map(textOf)].join('\n')];
}

function nameOf(part: TestModule | TestSuite | TestCase): string {
  return part.type === 'module'
    ? part.relativeModuleId
    : `${part.module.relativeModuleId} > ${part.fullName}`;
}

/** With what caused it: of a worker that died, that alone says how, and in which file. */
function textOf({ message, stack, cause }: SerializedError): string {
  const own = stack?.includes(message) ? stack : `${message}\n${stack ?? ''}`;
  return cause === undefined ? own : `${own}\ncaused by ${textOf(cause)}`;
}
