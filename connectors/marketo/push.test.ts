import { type MappedField, type PushOutput, StepError } from '../../src/sdk/index.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import type { MarketoClient } from './client.ts';
import marketo from './index.ts';
import { type Instance, push, startInstance, together, visitor } from './test-instance.ts';

const hanna = 'hanna.verbeek@northwind-freight.example';
let instance: Instance;
let client: MarketoClient;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());
beforeEach(async () => {
  instance.reset();
  client = await instance.client();
  instance.reset();
});

const mapped = (...lines: [string, unknown, MappedField['update']][]) => ({
  mapped: { Lead: lines.map(([field, value, update]) => ({ field, value, update })) },
});
const pushAll = (...facts: object[]) =>
  together(
    { client, action: push },
    facts.map(each => ({ input: {}, facts: each })),
  );
const pushOne = async (facts: object, input: object = {}) => {
  const { context, notes } = stepOf(client, { facts });
  return { output: await push.run(context, push.input.parse(input)), notes };
};
const lead = (email: string) =>
  instance.rows('leads').filter(row => String(row.email).toLowerCase() === email.toLowerCase());
const kinds = (results: (PushOutput | StepError)[]) =>
  results.map(result => (result instanceof StepError ? result.details.vendorCode : result.created));

describe('one person', () => {
  test('who is new is created, with what is known of them', async () => {
    const fields = { first_name: 'Ana', last_name: 'Silva', company: 'Acme', employees: 1200, notes: 'not mapped' };
    const { output, notes } = await pushOne(visitor('Ana@acme.example', fields));
    const [row] = lead('Ana@acme.example');
    expect(row?.email).toBe('Ana@acme.example');
    expect(row).toMatchObject({ firstName: 'Ana', lastName: 'Silva', company: 'Acme', numberOfEmployees: 1200 });
    expect(output).toEqual({
      connector: 'marketo',
      recordType: 'Lead',
      recordId: String(row?.id),
      created: true,
      externalIds: { marketoLeadId: String(row?.id) },
    });
    expect(notes).toEqual(['Nobody in Marketo had the visitor’s e-mail: the person was created.']);
  });

  test('who is there is updated by the rules, and nothing is wiped', async () => {
    const lines = mapped(
      ['title', 'Chief Hauler', 'if_blank'],
      ['phone', '+31 6 1', 'if_blank'],
      ['country', 'Belgium', 'always'],
      ['leadSource', 'Website chat', 'never'],
      ['industry', '   ', 'always'],
    );
    const { output, notes } = await pushOne({ ...visitor(hanna.toUpperCase()), ...lines });
    expect(output.created).toBe(false);
    expect(lead(hanna)).toMatchObject([
      { title: 'Head of Operations', phone: '+31 6 1', country: 'Belgium', firstName: 'Hanna' },
    ]);
    expect(lead(hanna)[0]).not.toHaveProperty('leadSource');
    expect(lead(hanna)[0]?.email).toBe(hanna);
    expect(notes).toEqual(['The person with the visitor’s e-mail was updated: phone, country.']);
  });

  test('an empty list wipes nothing', async () => {
    const before = lead(hanna)[0]?.title;
    expect(before).toBeTruthy();
    await pushOne({ ...visitor(hanna), ...mapped(['title', [], 'always'], ['phone', ['', ' '], 'always']) });
    expect(lead(hanna)).toMatchObject([{ title: before }]);
    expect(lead(hanna)[0]?.phone ?? null).toBeNull();
  });

  test('who is new gets the fields of every rule', async () => {
    const lines = mapped(['leadSource', 'Website chat', 'never'], ['country', 'Belgium', 'if_blank']);
    await pushOne({ ...visitor('new@acme.example'), ...lines });
    expect(lead('new@acme.example')).toMatchObject([{ leadSource: 'Website chat', country: 'Belgium' }]);
  });

  test('costs one call where every rule is “always”, and two where what is there counts', async () => {
    await pushOne({ ...visitor(hanna), ...mapped(['country', 'Belgium', 'always']) });
    expect(instance.calls()).toHaveLength(1);
    await pushOne({ ...visitor(hanna), ...mapped(['country', 'Belgium', 'if_blank']) });
    expect(instance.calls()).toHaveLength(3);
  });

  test('whose company a CRM keeps is not refused for the sake of a company that is filled already', async () => {
    expect((await pushOne(visitor(hanna, { company: 'Northwind', phone: '+31 6 1' }))).output.created).toBe(false);
    const always = { ...visitor(hanna), ...mapped(['company', 'Other', 'always']) };
    const error = await failureOf(marketo, pushOne(always));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: '1021' } });
    expect(error.message).toContain('if blank');
  });

  test.each([
    ['none', undefined, 'is not known'],
    ['one with a comma', 'ana,silva@acme.example', 'no such e-mail'],
    ['one with letters that Marketo does not keep', 'änne@acme.example', 'no such e-mail'],
  ])('whose e-mail is %s is refused without a call', async (_what, email, words) => {
    const error = await failureOf(marketo, pushOne(visitor(email)));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(error.message).toContain(words);
    expect(instance.calls()).toEqual([]);
  });

  test('whose value does not fit is refused with the field and Marketo’s words', async () => {
    const facts = { ...visitor('new@acme.example'), ...mapped(['numberOfEmployees', 'many', 'always']) };
    const error = await failureOf(marketo, pushOne(facts));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: { vendorCode: '1001', field: 'numberOfEmployees', vendorRequestId: expect.stringMatching(/#/) },
    });
  });

  test('keeps a list as one text, and no object', async () => {
    await pushOne({ ...visitor('new@acme.example'), ...mapped(['websiteInterest', ['a', 'b'], 'always']) });
    expect(lead('new@acme.example')).toMatchObject([{ websiteInterest: 'a;b' }]);
    const facts = { ...visitor('new@acme.example'), ...mapped(['websiteInterest', { a: 1 }, 'always']) };
    expect((await failureOf(marketo, pushOne(facts))).details.field).toBe('websiteInterest');
  });
});

describe('several people with one e-mail', () => {
  beforeEach(() => {
    instance.control('marketo', { duplicate: hanna });
  });

  test('are a failure of its own, which names them and says what to do', async () => {
    const error = await failureOf(marketo, pushOne(visitor(hanna, { phone: '1' })));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: '1007' } });
    const ids = lead(hanna).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(error.message).toContain('Merge them');
    expect(error.message).toContain(`They have the ids ${ids.join(', ')}.`);
  });

  test('harm nobody else in the call', async () => {
    const { results } = await pushAll(visitor('a@x.example'), visitor(hanna), visitor('b@x.example'));
    expect(kinds(results)).toEqual([true, '1007', true]);
  });
});

describe('a partition', () => {
  test('of the connection is where new people go, and the step may name another', async () => {
    client = await instance.client({ partition: 'Europe' });
    await pushOne(visitor('a@x.example'));
    await pushOne(visitor('b@x.example'), { partition: 'Default' });
    expect([...lead('a@x.example'), ...lead('b@x.example')]).toMatchObject([
      { partition: 'Europe' },
      { partition: 'Default' },
    ]);
  });

  test('that is not there holds the step back until somebody has seen to it', async () => {
    const error = await failureOf(marketo, pushOne(visitor('a@x.example'), { partition: 'Atlantis' }));
    expect(error).toMatchObject({ kind: 'forbidden', details: { vendorCode: '1008', park: true } });
    expect(error.message).toContain("Access denied to partition 'Atlantis'");
  });

  test('of another person is left alone', async () => {
    const error = await failureOf(marketo, pushOne(visitor(hanna, { phone: '1' }), { partition: 'Europe' }));
    expect(error.details.vendorCode).toBe('1010');
  });

  test('keeps steps of different partitions apart', () => {
    expect(push.batch!.groupBy({ partition: 'Europe' } as object)).not.toBe(push.batch!.groupBy({}));
  });
});

describe('many people at once', () => {
  const crowd = (count: number, domain = 'crowd.example') =>
    Array.from({ length: count }, (_, n) => visitor(`visitor.number-${n}@${domain}`, { first_name: `V${n}` }));

  test('a thousand pushes cost ten calls at the most, whatever their rules and however long their e-mails', async () => {
    const people = crowd(1_000, `a-rather-long-name-of-a-company.${'x'.repeat(40)}.example`);
    for (const round of ['new', 'known']) {
      instance.reset();
      if (round === 'known') for (let at = 0; at < 1_000; at += 300) await pushAll(...people.slice(at, at + 300));
      const before = instance.calls().length;
      for (let at = 0; at < 1_000; at += push.batch!.max) {
        const { results } = await pushAll(...people.slice(at, at + push.batch!.max));
        expect(new Set(kinds(results))).toEqual(new Set([round === 'new']));
      }
      expect(instance.calls().length - before).toBeLessThanOrEqual(10);
    }
    expect(instance.rows('leads').filter(({ firstName }) => /^V\d+$/.test(String(firstName)))).toHaveLength(1_000);
  }, 60_000);

  test('answers one result per step, in order', async () => {
    const { results } = await pushAll(...crowd(300));
    const ids = new Map(instance.rows('leads').map(row => [String(row.id), row.firstName]));
    expect(results.map(result => ids.get((result as PushOutput).recordId))).toEqual(crowd(300).map((_, n) => `V${n}`));
  });

  test('one bad person of 300 loses no neighbour', async () => {
    const people: object[] = crowd(300);
    people[137] = { ...people[137], ...mapped(['numberOfEmployees', 'many', 'always']) };
    const { results } = await pushAll(...people);
    expect(kinds(results).filter(kind => kind === true)).toHaveLength(299);
    expect(results[137]).toMatchObject({ kind: 'rejected', details: { vendorCode: '1001' } });
  });

  test.each(['always', 'if_blank'] as const)(
    'a field that is gone (%s) fails those that write it, as drift of the schema, and no others',
    async update => {
      const [a, b, c] = crowd(3) as [object, object, object];
      const { results } = await pushAll(a, { ...b, ...mapped(['shoeSize', 44, update]) }, c);
      expect(kinds(results)).toEqual([true, '1006', true]);
      expect(results[1]).toMatchObject({ kind: 'rejected', details: { schemaDrift: true, field: 'shoeSize' } });
    },
  );

  test('the others are sent without it where Marketo refuses the whole call for one field', async () => {
    const body = { requestId: 'a#1', success: false, errors: [{ code: '1006', message: "Field 'country' not found" }] };
    instance.fault('marketo', { match: { method: 'POST', path: '/leads.json' }, fault: { status: 200, body } });
    const lines = mapped(['title', 'Boss', 'always']);
    const wrong = mapped(['country', 'NL', 'always']);
    const [a, b, c] = crowd(3);
    const { results } = await pushAll({ ...a, ...lines }, { ...b, ...wrong }, { ...c, ...lines });
    expect(kinds(results)).toEqual([true, '1006', true]);
    expect(instance.calls()).toHaveLength(2);
  });

  test('the bad one is looked for in halves where Marketo names nobody', async () => {
    const body = { requestId: 'a#1', success: false, errors: [{ code: '1003', message: 'Invalid data' }] };
    instance.fault('marketo', { match: { method: 'POST', path: '/leads.json' }, fault: { status: 200, body } });
    const lines = mapped(['title', 'Boss', 'always']);
    const { results } = await pushAll(...crowd(4).map(each => ({ ...each, ...lines })));
    expect(kinds(results)).toEqual([true, true, true, true]);
    expect(instance.calls()).toHaveLength(3);
  });

  test('a refusal that concerns everybody is not asked for again and again', async () => {
    const body = { requestId: 'a#1', success: false, errors: [{ code: '1003', message: 'Invalid data' }] };
    const match = { method: 'POST', path: '/leads.json' };
    instance.fault('marketo', { match, times: 1_000, fault: { status: 200, body } });
    const lines = mapped(['title', 'Boss', 'always']);
    const { results } = await pushAll(...crowd(300).map(each => ({ ...each, ...lines })));
    expect(new Set(kinds(results))).toEqual(new Set(['1003']));
    expect(instance.calls().length).toBeLessThanOrEqual(45);
  });

  test('what is too much for one call goes in several', async () => {
    const long = mapped(['personNotes', 'n'.repeat(29_000), 'always']);
    const { results } = await pushAll(...crowd(60).map(each => ({ ...each, ...long })));
    expect(kinds(results).every(kind => kind === true)).toBe(true);
    expect(instance.calls()).toHaveLength(2);
  });

  test('the same person twice is written one after the other', async () => {
    const { results } = await pushAll(
      visitor('twin@x.example', { first_name: 'Ada' }),
      visitor('Twin@x.example', { last_name: 'Lovelace' }),
    );
    expect(kinds(results)).toEqual([true, false]);
    expect(lead('twin@x.example')).toMatchObject([{ firstName: 'Ada', lastName: 'Lovelace' }]);
  });

  test('a lost answer is uncertain for all, and sending again makes nobody twice', async () => {
    instance.fault('marketo', { match: { method: 'POST', path: '/leads.json' }, fault: { reset: 'after-apply' } });
    const { results } = await pushAll(...crowd(5));
    expect(results.map(result => (result as StepError).kind)).toEqual(Array(5).fill('uncertain'));
    expect(kinds((await pushAll(...crowd(5))).results)).toEqual(Array(5).fill(false));
  });

  test('an answer with too few results is uncertain, and is not matched to the wrong people', async () => {
    const body = { requestId: 'a#1', success: true, result: [{ id: 1, status: 'created' }] };
    instance.fault('marketo', { match: { method: 'POST', path: '/leads.json' }, fault: { status: 200, body } });
    const { results } = await pushAll(...crowd(2));
    expect(results.map(result => (result as StepError).kind)).toEqual(['uncertain', 'uncertain']);
  });
});

test('a quota that is used up says until when, and nothing was sent', async () => {
  instance.control('marketo', { dailyQuota: 0 });
  const error = await failureOf(marketo, pushOne(visitor('a@x.example')));
  expect(error).toMatchObject({ kind: 'throttled', details: { vendorCode: '607', retryAfterMs: 20 * 3_600_000 } });
  expect(error.message).toContain('midnight');
  instance.clock.now += 20 * 3_600_000;
  client = await instance.client();
  instance.control('marketo', { dailyQuota: 2 });
  expect((await pushOne(visitor('a@x.example'))).output.created).toBe(true);
});

test('steps of one person never run at once, whatever the case of the e-mail', () => {
  const key = (email: string) => push.exclusive!({}, stepOf(client, { facts: visitor(email) }).context.facts);
  expect(key('Ana@Acme.example')).toBe(key(' ana@acme.example'));
  expect(key('ana@acme.example')).not.toBe(key('bea@acme.example'));
});

test('what an admin may map are the fields that can be written, the e-mail apart', async () => {
  const described = await marketo.mappable!.describe(
    { client, signal: AbortSignal.timeout(5_000), settings: {} },
    'Lead',
  );
  const names = described.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['firstName', 'company', 'leadScore', 'websiteInterest']));
  for (const name of ['id', 'email', 'createdAt']) expect(names).not.toContain(name);
  expect(described.find(({ name }) => name === 'leadScore')).toMatchObject({ type: 'integer', label: 'Person Score' });
  expect(marketo.mappable!.objects[0]!.defaults.filter(({ field }) => !names.includes(field))).toEqual([]);
});
