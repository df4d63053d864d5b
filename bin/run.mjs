#!/usr/bin/env node
// node bin/run.mjs FILE.ts [arguments]: runs one of the project's own TypeScript files.
import path from 'node:path';
import { run } from './pinned.mjs';

const [file, ...args] = process.argv.slice(2);
await run(path.resolve(file), args);
