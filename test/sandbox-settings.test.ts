import { findSandboxes } from '../src/sandbox/find.ts';

test('where two sandboxes name one setting, they give it the same value: the lines that are printed serve both', async () => {
  const base = 'http://127.0.0.1:4010';
  const lines = (await findSandboxes()).map(({ vendor, settings }) => settings(`${base}/${vendor}`));
  expect(lines.length).toBeGreaterThan(1);
  const together = Object.assign({}, ...lines);
  for (const own of lines) expect(together).toMatchObject(own);
});
