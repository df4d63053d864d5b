import { randomBytes } from 'node:crypto';
import { createVault, UnknownKeyError } from './vault.ts';

const [one, two] = [randomBytes(32), randomBytes(32)];

describe('the vault', () => {
  it('opens what it sealed, and seals the same text differently each time', () => {
    const vault = createVault([one]);
    const [first, second] = [vault.seal('tøken', 'row-1'), vault.seal('tøken', 'row-1')];
    expect(first).not.toBe(second);
    expect(first).not.toContain(Buffer.from('tøken').toString('base64url'));
    expect([vault.open(first, 'row-1'), vault.open(second, 'row-1')]).toEqual(['tøken', 'tøken']);
  });

  it('does not open a secret that was moved to another row', () => {
    const vault = createVault([one]);
    expect(() => vault.open(vault.seal('token', 'row-1'), 'row-2')).toThrow(/row-2 does not open/);
  });

  it.each([0, 12, -1])('does not open a secret in which the byte at %i was changed', at => {
    const vault = createVault([one]);
    const [version, keyId, encoded] = vault.seal('token', 'row-1').split('.');
    const bytes = Buffer.from(encoded!, 'base64url');
    const index = at < 0 ? bytes.length + at : at;
    bytes[index] = bytes[index]! ^ 1;
    expect(() => vault.open(`${version}.${keyId}.${bytes.toString('base64url')}`, 'row-1')).toThrow(/does not open/);
  });

  it('writes with its first key and opens with any', () => {
    const old = createVault([one]).seal('token', 'row-1');
    const vault = createVault([two, one]);
    expect(vault.open(old, 'row-1')).toBe('token');
    expect(vault.needsRotation(old)).toBe(true);
    expect(vault.needsRotation(vault.seal('token', 'row-1'))).toBe(false);
  });

  it('names the key that is missing', () => {
    const sealed = createVault([one]).seal('token', 'row-1');
    const open = () => createVault([two]).open(sealed, 'row-1');
    expect(open).toThrow(UnknownKeyError);
    expect(open).toThrow(createVault([one]).keyIds[0]!);
  });

  it.each(['', 'token', 'v1.000000000000.', 'v2.000000000000.AAAA', `v1.000000000000.${'A'.repeat(10)}`])(
    'refuses %j, which it never sealed',
    text => expect(() => createVault([one]).open(text, 'row-1')).toThrow(/no value sealed/),
  );
});
