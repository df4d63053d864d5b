import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { baton, scratch } from '../../test/support/command.ts';
import { manifest } from './package/manifest.ts';

const appId = '3f0b9d52-8a64-4c1b-b7a1-0d9c5e7f2a10';
const { directory } = scratch();
const environment = { TEAMS_APP_ID: appId, TEAMS_APP_PASSWORD: 'x', PUBLIC_URL: 'https://hub.example.com/' };

/** The files of a zip whose entries are stored as they are, by the central directory. */
function unzip(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = zip.lastIndexOf('PK\u0005\u0006');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [size, name, extra, comment] = [20, 28, 30, 32].map(offset => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
      number,
    ];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    files.set(zip.toString('utf8', at + 46, at + 46 + name), zip.subarray(start, start + size));
    at += 46 + name + extra + comment;
  }
  return files;
}

/** Width, height, and the least and the most opaque alpha of a PNG with 8 bits for each of four colours and no filters. */
function look(png: Buffer) {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const data = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const alphas = Array.from({ length: width * height }, (_, pixel) => {
    const row = Math.floor(pixel / width);
    return data[row * (width * 4 + 1) + 1 + (pixel % width) * 4 + 3] ?? -1;
  });
  return { width, height, alpha: [Math.min(...alphas), Math.max(...alphas)] };
}

test('the command writes a package with manifest and icons as Teams takes it', async () => {
  const file = path.join(directory, 'app.zip');
  const { code, out } = await baton(['connectors', 'package', 'teams', '--out', file], environment);
  expect([code, out]).toEqual([0, expect.stringContaining(file)]);
  const files = unzip(readFileSync(file));
  expect([...files.keys()]).toEqual(['manifest.json', 'color.png', 'outline.png']);
  const made = JSON.parse(files.get('manifest.json')!.toString('utf8'));
  expect(made).toMatchObject({ id: appId, bots: [{ botId: appId }], validDomains: ['hub.example.com'] });
  expect(look(files.get('color.png')!)).toEqual({ width: 192, height: 192, alpha: [255, 255] });
  expect(look(files.get('outline.png')!)).toEqual({ width: 32, height: 32, alpha: [0, 255] });
});

test('texts of the manifest keep to the lengths that Teams allows', () => {
  const { name, description, developer, bots, $schema, manifestVersion } = manifest({
    appId,
    publicUrl: 'https://hub.example.com',
    version: '1.2.3',
  });
  expect(name.short.length).toBeLessThanOrEqual(30);
  expect(name.full.length).toBeLessThanOrEqual(100);
  expect(description.short.length).toBeLessThanOrEqual(80);
  expect(description.full.length).toBeLessThanOrEqual(4000);
  expect(developer.name.length).toBeLessThanOrEqual(32);
  for (const { title, description: words } of bots[0]!.commandLists.flatMap(({ commands }) => commands)) {
    expect(title.length).toBeLessThanOrEqual(32);
    expect(words.length).toBeLessThanOrEqual(128);
  }
  expect($schema).toContain(`/v${manifestVersion}/`);
});

test.each([
  [{ ...environment, PUBLIC_URL: undefined }, 'PUBLIC_URL must be set'],
  [{ ...environment, PUBLIC_URL: 'http://hub.example.com' }, 'PUBLIC_URL must begin with https://'],
  [{ ...environment, TEAMS_APP_ID: undefined }, 'TEAMS_APP_ID must be set'],
  [{ ...environment, TEAMS_APP_ID: 'my-app' }, 'TEAMS_APP_ID must be the application (client) id'],
  [{ ...environment, TEAMS_LOGIN_URL: 'nowhere' }, 'TEAMS_LOGIN_URL'],
])('no package is made of %j', async (wrong, words) => {
  const { code, err } = await baton(['connectors', 'package', 'teams', '--out', path.join(directory, 'no.zip')], wrong);
  expect([code, err]).toEqual([1, expect.stringContaining(words)]);
});

test('a connector without a package, and one that is not there, are named', async () => {
  const run = (name: string) => baton(['connectors', 'package', name], environment);
  expect(await run('webhook')).toMatchObject({ code: 1, err: expect.stringContaining('Webhook needs no package') });
  expect(await run('nobody')).toMatchObject({ code: 1, err: expect.stringContaining('no connectors/nobody') });
});
