#!/usr/bin/env node
// jest 30 under the pinned Node; --experimental-vm-modules is what it needs to load ES modules.
import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from './pinned.mjs';

const jest = path.join(path.dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
await run(jest, process.argv.slice(2), {
  nodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
});
