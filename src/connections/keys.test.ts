import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadKeys } from './keys.ts';

const base64 = () => randomBytes(32).toString('base64');

describe('loading encryption keys', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'baton-keys-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('makes a key file that only its owner may read, and finds the same key in it again', async () => {
    const inside = path.join(directory, 'data');
    const [key] = await loadKeys({ directory: inside, production: false });
    expect(key).toHaveLength(32);
    expect((await stat(path.join(inside, 'encryption.key'))).mode & 0o777).toBe(0o600);
    expect(await loadKeys({ directory: inside, production: false })).toEqual([key]);
  });

  it('agrees on one key when several processes start at once, and leaves no draft behind', async () => {
    const loaded = await Promise.all(Array.from({ length: 8 }, () => loadKeys({ directory, production: false })));
    expect(new Set(loaded.map(([key]) => key!.toString('hex'))).size).toBe(1);
    expect(await readdir(directory)).toEqual(['encryption.key']);
  });

  it('takes the keys of the setting in their order, and the file’s last', async () => {
    const [fromFile] = await loadKeys({ directory, production: false });
    const [a, b] = [base64(), base64()];
    const keys = await loadKeys({ encryptionKeys: `${a}, ${b}`, directory, production: true });
    expect(keys.map(key => key.toString('base64'))).toEqual([a, b, fromFile!.toString('base64')]);
  });

  it('refuses to start without keys in production, and makes no file', async () => {
    await expect(loadKeys({ directory, production: true })).rejects.toThrow(/ENCRYPTION_KEYS must be set/);
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses a key file that others may read, and says how to mend it', async () => {
    await loadKeys({ directory, production: false });
    await chmod(path.join(directory, 'encryption.key'), 0o644);
    await expect(loadKeys({ directory, production: false })).rejects.toThrow(/mode 644.*chmod 600/);
  });

  it('refuses a key file that holds no key', async () => {
    await writeFile(path.join(directory, 'encryption.key'), 'hello', { mode: 0o600 });
    await expect(loadKeys({ directory, production: false })).rejects.toThrow(/does not hold a key/);
  });

  it.each([
    ['too short', randomBytes(31).toString('base64')],
    ['too long', randomBytes(33).toString('base64')],
    ['hexadecimal', randomBytes(32).toString('hex')],
    ['with a stray character', `${base64().slice(0, 10)}*${base64().slice(10)}`],
    ['empty', ''],
  ])('names the place of a key that is %s, and never the key', async (_how, bad) => {
    const error: Error = await loadKeys({ encryptionKeys: `${base64()},${bad}`, directory, production: true }).then(
      () => new Error('it was taken'),
      thrown => thrown,
    );
    expect(error.message).toBe('ENCRYPTION_KEYS: key number 2 is not 32 bytes in standard base64.');
  });
});
