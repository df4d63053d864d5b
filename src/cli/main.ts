import { text } from 'node:stream/consumers';
import { runCli } from './program.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  print: line => console.log(line),
  complain: line => console.error(line),
  readStdin: () => text(process.stdin),
});
