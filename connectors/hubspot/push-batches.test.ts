import { StepError } from '../../src/sdk/index.ts';
import { about, ellen, hanna, useHubSpot, type Visitor } from '../../test/support/hubspot-scene.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { pushRecord } from './actions/push-record.ts';
import hubspot from './index.ts';

const scene = useHubSpot();
const { byEmail, checkContract, client, clock, control, idOf, push, pushMany, rows, sandbox, wire } = scene;
const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    email: `person${index}@many.example`,
    fields: { first_name: `Person ${index}` },
  }));

describe('many at once', () => {
  const [create, read, upsert] = ['create', 'read', 'upsert'].map(
    what => `POST /crm/v3/objects/contacts/batch/${what}`,
  );
  const many = () => rows('contacts').filter(({ properties }) => properties.email?.endsWith('@many.example'));
  /** Looked for first, since others of whom the hub knew nothing have been met there. */
  const meetSomebody = async () => {
    await push({ email: hanna });
    return wire().length;
  };

  test('a hundred new people are made in one call', async () => {
    const results = await pushMany(people(100));
    expect(results.filter(result => result instanceof StepError)).toEqual([]);
    expect(wire()).toEqual([create]);
    expect(many()).toHaveLength(100);
  });

  test('those who turn out to be there are matched, and from then on people are looked for first', async () => {
    const visitors = people(12);
    visitors[5]!.email = hanna;
    visitors[6]!.email = 'ellen@marsh-consulting.example';
    const results = await pushMany(visitors);
    expect(results.map(result => result instanceof StepError || result.created)).toEqual(
      visitors.map((_, index) => index !== 5 && index !== 6),
    );
    expect(byEmail(hanna)?.properties).toMatchObject({ firstname: 'Hanna', hubspot_owner_id: '71002' });
    const before = wire().length;
    await pushMany(people(112).slice(12));
    expect(wire().slice(before)).toEqual([read, upsert]);
    expect(many()).toHaveLength(110);
  });

  test('people whom the hub has pushed before are looked for first', async () => {
    await pushMany(people(100));
    const known = people(100).map(person => ({
      visitor: {
        email: person.email,
        fields: { last_name: 'Known' },
        external: { hubspotContactId: idOf(person.email) },
      },
    }));
    await pushMany(known);
    expect(wire()).toEqual([create, read, upsert]);
    expect(byEmail('person99@many.example')?.properties).toMatchObject({ firstname: 'Person 99', lastname: 'Known' });
  });

  test('a thousand pushes in full batches take twenty calls where people are looked for, ten where they are new', async () => {
    control({ tenSecondlyLimit: 1_000 });
    const tens = Array.from({ length: 10 }, (_, part) => people(1_000).slice(part * 100, (part + 1) * 100));
    for (const ten of tens) await pushMany(ten);
    expect(wire()).toHaveLength(10);
    const before = await meetSomebody();
    const changed = (ten: (typeof tens)[number]) => ten.map(person => ({ ...person, fields: { title: 'Changed' } }));
    for (const ten of tens) await pushMany(changed(ten));
    expect(wire()).toHaveLength(before + 20);
    expect(many().filter(({ properties }) => properties.jobtitle === 'Changed')).toHaveLength(1_000);
  });

  test('where HubSpot refuses to make a batch because one of it is there, all are looked for', async () => {
    const body = {
      status: 'error',
      message: 'Contact already exists. Existing ID: 103',
      correlationId: 'c',
      category: 'CONFLICT',
    };
    sandbox().fault('hubspot', { match: { path: 'batch/create' }, fault: { status: 409, body } });
    await pushMany(people(20));
    expect(wire()).toEqual([create, read, upsert]);
    expect(many()).toHaveLength(20);
  });

  test('a batch of new people whose answer is lost makes nobody twice', async () => {
    sandbox().fault('hubspot', { match: { path: 'batch/create' }, fault: { reset: 'after-apply' } });
    const lost = await pushMany(people(20));
    expect(lost.map(result => result instanceof StepError && result.kind)).toEqual(Array(20).fill('uncertain'));
    const results = await pushMany(people(20));
    expect(results.map(result => !(result instanceof StepError) && result.recordId)).toEqual(
      people(20).map(({ email }) => idOf(email)),
    );
    expect(many()).toHaveLength(20);
  });

  test.each([
    ['made', async () => 0, [create, read, upsert]],
    ['looked for', meetSomebody, [read, upsert, upsert, upsert]],
  ])(
    'one bad item among a hundred fails alone, and its neighbours are written once, where they are %s',
    async (_how, prepare, calls) => {
      const before = await prepare();
      const visitors = people(100);
      visitors[41]!.email = 'bad.address@nowhere.invalid';
      const results = await pushMany(visitors);
      expect(results.flatMap((result, index) => (result instanceof StepError ? [index] : []))).toEqual([41]);
      expect(results[41]).toMatchObject({
        kind: 'rejected',
        details: { field: 'email', vendorCode: 'INVALID_EMAIL', vendorRequestId: expect.stringMatching(/./) },
      });
      expect(many()).toHaveLength(99);
      expect(wire().slice(before)).toEqual(calls);
    },
  );

  test('where HubSpot does not say which one is wrong, it is found by halving', async () => {
    const body = {
      status: 'error',
      message: 'Something here is wrong',
      correlationId: 'c',
      category: 'VALIDATION_ERROR',
    };
    sandbox().fault('hubspot', { match: { path: 'batch/upsert' }, times: 2, fault: { status: 400, body } });
    const results = await pushMany(people(8));
    expect(results.filter(result => result instanceof StepError)).toEqual([]);
    expect(rows('contacts').filter(({ properties }) => properties.email?.endsWith('@many.example'))).toHaveLength(8);
  });

  test('a partial answer (207) gives each its own', async () => {
    control({ partialUpserts: true });
    const visitors = people(5);
    visitors[3]!.email = 'bad.address@nowhere.invalid';
    const results = await pushMany(visitors);
    expect(results.map(result => (result instanceof StepError ? result.kind : result.created))).toEqual([
      true,
      true,
      true,
      'rejected',
      true,
    ]);
    expect(results[3]).toMatchObject({ details: { field: 'email', vendorCode: 'INVALID_EMAIL' } });
    expect(wire()).toHaveLength(2);
  });

  test('results that say neither whose they are nor in which order are given to nobody', async () => {
    const results = ['901', '902'].map(id => ({ id, new: true, properties: {}, archived: false }));
    const body = {
      status: 'COMPLETE',
      results,
      startedAt: '2026-11-23T09:00:00Z',
      completedAt: '2026-11-23T09:00:00Z',
    };
    sandbox().fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 200, body } });
    const pushed = await pushMany(people(2));
    expect(pushed.map(result => (result instanceof StepError ? result.kind : result.recordId))).toEqual([
      'uncertain',
      'uncertain',
    ]);
  });

  test('a further address among others is found out by the conflict', async () => {
    const visitors = [...people(3), { email: 'e.marsh@harborpine.example', fields: { title: 'Partner' } }];
    const results = await pushMany(visitors);
    expect(results.map(result => (result instanceof StepError ? result.message : result.created))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(byEmail(ellen)?.properties.jobtitle).toBe('Partner');
  });

  test('the same e-mail twice at once is one contact, whichever way it is written', async () => {
    const results = await pushMany([
      { email: 'twin@many.example', fields: { first_name: 'Twin' } },
      { email: 'Twin@Many.example', fields: { last_name: 'Second' } },
    ]);
    expect(results.map(result => !(result instanceof StepError) && result.created)).toEqual([true, false]);
    expect(byEmail('twin@many.example')?.properties).toMatchObject({ firstname: 'Twin', lastname: 'Second' });
    const key = ({ email }: Visitor) =>
      pushRecord.exclusive?.({}, stepOf(client(), { facts: about({ email }) }).context.facts);
    expect(key({ email: 'Twin@Many.example ' })).toBe(key({ email: 'twin@many.example' }));
  });

  test('after a failure that concerns all, nothing further is sent', async () => {
    const body = {
      status: 'error',
      message: 'Something here is wrong',
      correlationId: 'c',
      category: 'VALIDATION_ERROR',
    };
    sandbox().fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 400, body } });
    sandbox().fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 502 } });
    const results = await pushMany(people(4));
    expect(results.map(result => result instanceof StepError && result.kind)).toEqual([
      'uncertain',
      'uncertain',
      'transient',
      'transient',
    ]);
    expect(wire()).toHaveLength(3);
  });

  test('the ten-second quota that is used up throttles all of them, and nothing is lost', async () => {
    control({ tenSecondlyLimit: 1 });
    const results = await pushMany(people(3));
    for (const result of results)
      expect(result).toMatchObject({
        kind: 'throttled',
        details: { retryAfterMs: 10_000, vendorRequestId: expect.stringMatching(/./) },
      });
    expect(rows('contacts').filter(({ properties }) => properties.email?.endsWith('@many.example'))).toEqual([]);
    clock.now += 10_001;
    control({ tenSecondlyLimit: 110 });
    expect((await pushMany(people(3))).filter(result => result instanceof StepError)).toEqual([]);
  });

  test('a lost answer is uncertain, and a repeat finds the contact', async () => {
    sandbox().fault('hubspot', { match: { path: 'batch/upsert' }, fault: { reset: 'after-apply' } });
    const person = { email: 'lost@answer.example', fields: { first_name: 'Lost' } };
    expect((await failureOf(hubspot, push(person))).kind).toBe('uncertain');
    expect((await push(person)).output).toMatchObject({ created: false, recordId: idOf(person.email) });
  });
});

checkContract();
