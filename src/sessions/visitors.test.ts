import { claimed } from '../model/claimed.ts';
import type { HubEvent } from '../model/event.ts';
import { foldVisitor, knownFields, MOST_CLAIMED_FIELDS, mergeVisitor, newVisitor } from './visitors.ts';

const said = (fields: Record<string, unknown>, id = 'e1', time = 1000) =>
  ({ id, time, type: 'visitor.updated', data: { visitor: { fields } } }) as unknown as HubEvent;

describe('what is known of a visitor', () => {
  test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])('a field called %s keeps its value', name => {
    const row = newVisitor('w', 'v1', 0);
    foldVisitor(row, said(JSON.parse(`{"${name}": "x"}`)), 0);
    const other = newVisitor('w', 'v2', 0);
    mergeVisitor(other, row);
    for (const { fields } of [row, other]) expect(Object.entries(fields)).toMatchObject([[name, { value: 'x' }]]);
    expect(Object.entries(knownFields(row))).toEqual([[name, 1000]]);
  });

  test('a page cannot let its visitor grow without end', () => {
    const row = newVisitor('w', claimed('v1'), 0);
    const many = (prefix: string) =>
      Object.fromEntries(Array.from({ length: MOST_CLAIMED_FIELDS }, (_, number) => [`${prefix}${number}`, 'x']));
    foldVisitor(row, said(many('a')), 0);
    foldVisitor(row, said({ ...many('b'), a0: 'newer' }, 'e2', 2000), 0);
    expect(Object.keys(row.fields)).toHaveLength(MOST_CLAIMED_FIELDS);
    expect(row.fields.a0?.value).toBe('newer');
    const email = { ...said({}, 'e3', 3000), data: { visitor: { email: 'Ann@example.com' } } } as unknown as HubEvent;
    foldVisitor(row, email, 0);
    expect(row.email).toBe('ann@example.com');
    expect(row.fields.email?.value).toBe('ann@example.com');
  });

  test('a system’s visitor may have as many fields as it says', () => {
    const row = newVisitor('w', 'v1', 0);
    foldVisitor(row, said(Object.fromEntries(Array.from({ length: 1000 }, (_, number) => [`f${number}`, 'x']))), 0);
    expect(Object.keys(row.fields)).toHaveLength(1000);
  });
});
