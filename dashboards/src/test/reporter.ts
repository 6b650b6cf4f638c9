// Prints the tests that fail, and how many there are.
import type { TestEvent } from 'node:test/reporters';

export = async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === 'test:pass') passed++;
    if (type !== 'test:fail') continue;
    failed++;
    const { cause } = data.details.error;
    yield `FAIL ${data.name}\n  ${String(cause instanceof Error ? cause.message : data.details.error).replaceAll('\n', '\n  ')}\n`;
  }
  yield `${passed} tests of the dashboards passed, ${failed} failed\n`;
};
