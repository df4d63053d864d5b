const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
/** The two characters behind the key prefix that name the instance an org lives on. */
const instance = '5e';

const base62 = (value: number, width: number): string => {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) text = digits[rest % 62] + text;
  return text.padStart(width, '0');
};

/** The three letters that make a case-sensitive id of 15 characters safe where case is lost: one per group of five, a bit per capital. */
export const checksum = (id15: string): string =>
  [0, 5, 10]
    .map(start => {
      const capitals = [...id15.slice(start, start + 5)].map((letter, bit) => (/[A-Z]/.test(letter) ? 1 << bit : 0));
      return checksumDigits[capitals.reduce<number>((sum, bit) => sum | bit, 0)];
    })
    .join('');

/** The 18-character id of the record number `sequence` of an object with this key prefix. */
export const makeId = (prefix: string, sequence: number): string => {
  const id15 = `${prefix}${instance}${base62(sequence, 10)}`;
  return id15 + checksum(id15);
};

/** The 18-character form of an id of 15 or 18 characters; undefined for anything else. */
export const fullId = (id: string): string | undefined => {
  if (!/^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(id)) return undefined;
  const id15 = id.slice(0, 15);
  return id.length === 15 || id.slice(15).toUpperCase() === checksum(id15) ? id15 + checksum(id15) : undefined;
};
