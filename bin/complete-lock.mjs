// Where a registry mirror does not serve the optional packages of other platforms, `npm install` leaves them out of the
// lock and `npm ci` then refuses it. This adds the missing entries; they are never installed here (os/cpu do not match).
import fs from 'node:fs';

const f = 'package-lock.json',
  lock = JSON.parse(fs.readFileSync(f, 'utf8')),
  P = lock.packages;
const OS = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'netbsd', 'openbsd', 'sunos', 'aix', 'openharmony'];
const CPU = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  arm: 'arm',
  'arm-eabi': 'arm',
  armv7: 'arm',
  ppc64: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
  mips64el: 'mips64el',
  wasm32: 'wasm32',
};
let n = 0;
for (const [path, p] of Object.entries({ ...P }))
  for (const [name, spec] of Object.entries(p.optionalDependencies ?? {})) {
    // resolve like node: nested first, then up
    let dir = path,
      found = false;
    for (;;) {
      const k = `${dir ? `${dir}/` : ''}node_modules/${name}`;
      if (P[k]) {
        found = true;
        break;
      }
      if (!dir) break;
      const i = dir.lastIndexOf('/node_modules/');
      dir = i >= 0 ? dir.slice(0, i) : '';
    }
    if (found) continue;
    const os = OS.find(o => name.includes(o));
    const t = name.split('/').pop();
    const cpu = Object.keys(CPU)
      .sort((a, b) => b.length - a.length)
      .find(c => t.includes(`-${c}`));
    const version = spec.replace(/^[^\d]*/, '');
    P[`node_modules/${name}`] = {
      version,
      ...(cpu && { cpu: [CPU[cpu]] }),
      ...(p.dev && { dev: true }),
      optional: true,
      ...(os && { os: [os] }),
    };
    console.log('added', name, version, os, cpu);
    n++;
  }
lock.packages = Object.fromEntries(Object.entries(P).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
fs.writeFileSync(f, `${JSON.stringify(lock, null, 2)}\n`);
console.log(n, 'entries added');
