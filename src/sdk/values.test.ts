import { booleanOf, dayOf, isBlank, listOf, numberOf, shown, textOf, utcTimeOf } from './values.ts';

test.each([
  [undefined, true],
  [null, true],
  ['', true],
  [' \n', true],
  [[], true],
  [[' ', null], true],
  [0, false],
  [false, false],
  ['x', false],
  [['', 'x'], false],
  [{}, false],
])('whether %j is blank: %j', (value, blank) => {
  expect(isBlank(value)).toBe(blank);
});

const table: [string, (value: unknown) => unknown, [value: unknown, result: unknown][]][] = [
  [
    'a text',
    textOf,
    [
      ['as it is ', 'as it is '],
      [12.5, '12.5'],
      [true, 'true'],
      [['a', 2, ['b']], 'a, 2, b'],
      [{ a: 1 }, undefined],
      [['a', { b: 1 }], undefined],
      [[null], undefined],
    ],
  ],
  [
    'a list',
    listOf,
    [
      ['a; b;;c ', ['a', 'b', 'c']],
      [
        ['a; b', ' c ', ''],
        ['a; b', 'c'],
      ],
      [7, ['7']],
      [[], []],
      [{ a: 1 }, undefined],
      [['a', { b: 1 }], undefined],
    ],
  ],
  [
    'true or false',
    booleanOf,
    [
      [true, true],
      [' FALSE ', false],
      ['True', true],
      ['yes', undefined],
      [1, undefined],
      [['true'], undefined],
    ],
  ],
  [
    'a number',
    numberOf,
    [
      [1.5, 1.5],
      [' 1200 ', 1200],
      ['1e3', 1000],
      ['', undefined],
      [' ', undefined],
      ['12 people', undefined],
      ['Infinity', undefined],
      [Number.NaN, undefined],
      [true, undefined],
      [['1'], undefined],
    ],
  ],
  [
    'a whole number',
    value => numberOf(value, Number.isSafeInteger),
    [
      ['12', 12],
      [12.5, undefined],
      ['12.5', undefined],
    ],
  ],
  [
    'a day',
    dayOf,
    [
      ['2026-11-23', '2026-11-23'],
      [' 2026-11-23T23:30:00-05:00 ', '2026-11-23'],
      ['2026-11-23T23:30:00Z', '2026-11-23'],
      ['2026-11-23T23:30:00', '2026-11-23'],
      ['23.11.2026', undefined],
      ['2026-02-30', undefined],
      [1_795_392_000_000, undefined],
    ],
  ],
  [
    'a time in UTC',
    utcTimeOf,
    [
      ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000Z'],
      ['2026-11-23T23:30:00-05:00', '2026-11-24T04:30:00.000Z'],
      ['2026-11-23T10:00:00', '2026-11-23T10:00:00.000Z'],
      ['2026-11-23', '2026-11-23T00:00:00.000Z'],
      ['tomorrow', undefined],
      [null, undefined],
    ],
  ],
];
const rows = table.flatMap(([what, convert, cases]) =>
  cases.map(([value, result]) => ({ what, convert, value, result })),
);

test.each(rows)('$value as $what: $result', ({ convert, value, result }) => {
  expect(convert(value)).toEqual(result);
});

test('the separators of a list may be several', () => {
  expect(listOf('a::b;c', /;|::/)).toEqual(['a', 'b', 'c']);
});

test.each([
  ['short', '"short"'],
  [undefined, 'undefined'],
  [{ a: [1] }, '{"a":[1]}'],
  ['x'.repeat(58), `"${'x'.repeat(58)}"`],
  ['x'.repeat(59), `"${'x'.repeat(58)}…`],
])('an error shows %j as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});
