import { baton, scratch } from '../../test/support/command.ts';
import { type Answer, fakeHub, type Heard } from '../../test/support/fake-hub.ts';

const hub = fakeHub();
const run = (...words: string[]) => baton(words, { BATON_URL: hub.url, INGEST_KEY: 'an-ingest-key' });
const { write: file } = scratch();

describe('events send', () => {
  const event = (id: string) => ({
    specversion: '1.0',
    id,
    source: 'test',
    type: 'com.qualified.session.started',
    data: { sessionId: 's1' },
  });
  const taken = ({ body }: Heard): Answer => ({
    status: 202,
    body: { accepted: (body as unknown[]).length, duplicates: 0, rejected: [] },
  });

  it.each([
    ['one event', JSON.stringify(event('e1')), 1],
    ['a list', JSON.stringify([event('e1'), event('e2')]), 2],
    ['one event a line', `${JSON.stringify(event('e1'))}\n\n${JSON.stringify(event('e2'))}\n`, 2],
  ])('takes %s, with the ingest key', async (_what, text, count) => {
    hub.answers = { 'POST /v1/events': taken };
    const { code, out } = await run('events', 'send', file('events.json', text));
    expect({ code, out }).toEqual({ code: 0, out: `${count} accepted, 0 known already, 0 rejected` });
    expect(hub.heard[0]?.headers).toMatchObject({
      authorization: 'Bearer an-ingest-key',
      'content-type': 'application/cloudevents-batch+json',
    });
  });

  it('reads standard input', async () => {
    hub.answers = { 'POST /v1/events': taken };
    const { out } = await baton(
      ['events', 'send', '-', '--url', hub.url, '--ingest-key', 'k'],
      {},
      JSON.stringify(event('e1')),
    );
    expect(out).toContain('1 accepted');
  });

  it('sends many in several requests, and numbers what was rejected through all of them', async () => {
    hub.answers = {
      'POST /v1/events': ({ body }) => {
        const events = body as { id: string }[];
        const index = events.findIndex(({ id }) => id === 'e1500');
        const rejected = index < 0 ? [] : [{ index, id: 'e1500', errors: [{ path: 'type', message: 'is unknown' }] }];
        return { status: 202, body: { accepted: events.length - rejected.length, duplicates: 0, rejected } };
      },
    };
    const many = Array.from({ length: 2_100 }, (_, index) => event(`e${index}`));
    const { code, out } = await run('events', 'send', file('many.json', many));
    expect(hub.heard.map(({ body }) => (body as unknown[]).length)).toEqual([1_000, 1_000, 100]);
    expect(code).toBe(1);
    expect(out).toBe('2099 accepted, 0 known already, 1 rejected\nevent 1501 (e1500): type is unknown');
  });

  it('says how far it came where the hub stops taking events', async () => {
    hub.answers = {
      'POST /v1/events': call =>
        hub.heard.length > 1 ? { status: 429, body: { detail: 'Come back later.' } } : taken(call),
    };
    const many = Array.from({ length: 1_200 }, (_, index) => event(`e${index}`));
    const { code, err } = await run('events', 'send', file('many.json', many));
    expect(code).toBe(1);
    expect(err).toMatch(/Come back later\.\nThe first 1000 events were taken in before/);
  });

  it('names the line that is no JSON', async () => {
    const { err } = await run('events', 'send', file('bad.json', `${JSON.stringify(event('e1'))}\nnonsense`));
    expect(err).toContain('line 2 cannot be read');
  });
});
