import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../http/problem.ts';
import { eventMode, type ParsedItem, parseCloudEvents } from './cloudevent.ts';

const received = Date.parse('2026-11-20T10:00:00Z');
const structured = 'application/cloudevents+json';
const page = {
  specversion: '1.0',
  id: 'e1',
  source: '//site.example',
  type: 'com.qualified.page.viewed',
  time: '2026-11-20T09:59:00Z',
  data: { url: 'https://site.example/', sessionId: 's1' },
};

function parse(body: unknown, headers: IncomingHttpHeaders = { 'content-type': structured }): ParsedItem[] {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return parseCloudEvents(eventMode(headers), headers, bytes, received);
}
const one = (change: Record<string, unknown>): ParsedItem => parse({ ...page, ...change })[0]!;
const mistakes = (item: ParsedItem) =>
  'errors' in item ? item.errors.map(error => `${error.path} ${error.message}`.trim()) : [];
const taken = (item: ParsedItem) => {
  if ('errors' in item) throw new Error(mistakes(item).join('; '));
  return item.event;
};
const problemOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return `${error.status} ${error.message}`;
    throw error;
  }
  return 'none';
};

describe('a CloudEvent', () => {
  it('becomes an event of the hub, with what its data holds besides', () => {
    const event = taken(one({ data: { ...page.data, extra: { deep: [1] } }, customext: 'x' }));
    expect(event).toEqual({
      id: 'e1',
      source: '//site.example',
      type: 'page.viewed',
      time: Date.parse('2026-11-20T09:59:00Z'),
      receivedAt: received,
      data: { url: 'https://site.example/', sessionId: 's1', extra: { deep: [1] } },
    });
  });

  it.each([
    ['no time: the clock of the hub', { time: undefined }, { time: received }],
    ['time null', { time: null }, { time: received }],
    ['an offset', { time: '2026-11-20T11:59:00+02:00' }, { time: Date.parse('2026-11-20T09:59:00Z') }],
    [
      'small letters and fractions',
      { time: '2026-11-20t09:59:00.123456z' },
      { time: Date.parse('2026-11-20T09:59:00.123Z') },
    ],
    ['a content type with a charset', { datacontenttype: 'application/json; charset=utf-8' }, {}],
    ['an id of 255 characters', { id: 'x'.repeat(255) }, { id: 'x'.repeat(255) }],
    [
      'data in base64',
      { data: undefined, data_base64: Buffer.from('{"url":"/x"}').toString('base64') },
      { data: { url: '/x' } },
    ],
    ['no data where none is needed', { type: 'com.qualified.visitor.left', data: undefined }, { data: {} }],
    ['an absolute source', { source: 'https://a.example/b%20c?d=e#f' }, {}],
  ])('is taken with %s', (_, change, expected) => {
    expect(taken(one(change))).toMatchObject(expected);
  });

  it.each([
    ['specversion 0.3', { specversion: '0.3' }, ['specversion must be "1.0"']],
    ['no specversion', { specversion: undefined }, ['specversion is required']],
    ['an empty id', { id: '' }, ['id must not be empty']],
    ['a number as id', { id: 7 }, ['id must be a string']],
    ['an id of 256 characters', { id: 'x'.repeat(256) }, ['id must have 255 characters or fewer']],
    ['a NUL in its id', { id: 'a\0' }, ['id holds a character that cannot be stored']],
    ['half a surrogate pair in its id', { id: 'a\ud800' }, ['id holds a character that cannot be stored']],
    ['an empty source', { source: '' }, ['source must not be empty', expect.stringMatching(/^source must be a URI/)]],
    ['a source with a space', { source: 'my site' }, [expect.stringMatching(/^source must be a URI reference/)]],
    [
      'an unknown type',
      { type: 'com.qualified.page.view' },
      ['type is not a type known here; did you mean com.qualified.page.viewed?'],
    ],
    [
      'a type without the prefix',
      { type: 'message.sent' },
      ['type is not a type known here; did you mean com.qualified.message.sent?'],
    ],
    [
      'a type like nothing',
      { type: 'com.other.thing.that.is.unknown' },
      ['type is not a type known here (they start with com.qualified.)'],
    ],
    [
      'a type named as a member of every object',
      { type: 'com.qualified.constructor' },
      [expect.stringMatching(/^type is not a type/)],
    ],
    ['a time in words', { time: 'yesterday' }, ['time must be an RFC 3339 time such as 2026-11-20T10:11:12Z']],
    ['a time without offset', { time: '2026-11-20T10:11:12' }, [expect.stringMatching(/^time must be/)]],
    ['a day that is not in the calendar', { time: '2026-02-30T10:11:12Z' }, [expect.stringMatching(/^time must be/)]],
    ['a number as time', { time: 1763632800 }, ['time must be a string']],
    [
      'data that is XML',
      { datacontenttype: 'application/xml' },
      [expect.stringMatching(/^datacontenttype must be application\/json/)],
    ],
    ['data that is text', { data: 'hello' }, ['data must be an object']],
    ['data that is an array', { data: [] }, ['data must be an object']],
    ['a member of data missing', { data: {} }, ['data.url is required']],
    [
      'a session event without session',
      { type: 'com.qualified.session.ended', data: {} },
      ['data.sessionId is required'],
    ],
    [
      'a wrong sender',
      { type: 'com.qualified.message.sent', data: { conversationId: 'c', messageId: 'm', senderType: 'bot' } },
      ['data.senderType must be "visitor" or "user" or "experience" or "ai_profile"'],
    ],
    [
      'several mistakes at once',
      { id: '', time: 'x', data: { url: 5 } },
      ['id must not be empty', expect.stringMatching(/^time/), 'data.url must be a string'],
    ],
    [
      'an attendee of the wrong kind',
      { type: 'com.qualified.meeting.booked', data: { meetingId: 'm', attendees: [{ organizer: 'yes' }] } },
      ['data.attendees[0].organizer must be a boolean'],
    ],
    ['both kinds of data', { data_base64: 'e30=' }, ['data_base64 must not stand beside data']],
    ['base64 that is none', { data: undefined, data_base64: '%%%' }, ['data_base64 must be standard base64']],
    [
      'base64 that holds no JSON',
      { data: undefined, data_base64: 'aGVsbG8=' },
      [expect.stringMatching(/^data_base64 must hold JSON/)],
    ],
  ])('is refused with %s', (_, change, expected) => {
    expect(mistakes(one(change))).toEqual(expected);
  });

  it('keeps a text with NUL or half a surrogate pair, with a replacement character in its place', () => {
    const event = taken(one({ data: { url: '/a\0b', 'k\0': 'x\udc00', list: ['\0'] } }));
    expect(event.data).toEqual({ url: '/a\uFFFDb', 'k\uFFFD': 'x\uFFFD', list: ['\uFFFD'] });
  });

  it('drops a __proto__ member, which would change what it is copied into', () => {
    const event = taken(parse(JSON.stringify(page).replace('"url"', '"__proto__":{"polluted":true},"url"'))[0]!);
    expect(Object.assign({}, event.data)).not.toHaveProperty('polluted');
    expect(Object.keys(event.data)).toEqual(['url', 'sessionId']);
  });

  it('is refused where its data is nested without end, and nothing overflows', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const item = parse(JSON.stringify(page).replace('"s1"', `"s1","extra":${deep}`))[0]!;
    expect(mistakes(item)).toEqual(['data is nested too deeply (64 levels at most)']);
  });
});

describe('a request', () => {
  it.each([
    ['is not JSON', '{"id": ', '400 The body is not valid JSON'],
    ['is empty', '', '400 The body is not valid JSON'],
    ['is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), '400 The body is not valid UTF-8'],
  ])('as a whole is refused where its body %s', (_, body, expected) => {
    expect(problemOf(() => parse(body))).toContain(expected);
  });

  it('never repeats what is in a body that it cannot read', () => {
    expect(problemOf(() => parse('{"password": hunter2}'))).not.toContain('hunter');
  });

  it.each([
    [undefined],
    ['text/plain'],
    ['application/cloudevents+xml'],
    ['application/cloudevents+json; charset=iso-8859-1'],
    ['nonsense'],
  ])('is refused with content type %s', type => {
    expect(problemOf(() => parse(page, { 'content-type': type }))).toMatch(/^415/);
  });

  it('is taken with a charset and in capitals', () => {
    taken(parse(page, { 'content-type': 'Application/CloudEvents+JSON; Charset="UTF-8"' })[0]!);
  });

  it.each([['"text"'], ['7'], ['null'], ['[]']])('is refused in structured form where its body is %s', body => {
    expect(mistakes(parse(body)[0]!)).toEqual(['must be a JSON object: one event']);
  });
});

describe('a batch', () => {
  const batch = (items: unknown) => parse(items, { 'content-type': 'application/cloudevents-batch+json' });

  it('has every item judged by itself', () => {
    const items = batch([page, null, { ...page, id: 'e2', data: 5 }, { ...page, id: 'e3' }]);
    expect(items.map(item => ('errors' in item ? item.id : item.event.id))).toEqual(['e1', null, 'e2', 'e3']);
    expect(items.map(mistakes)).toEqual([[], ['must be a JSON object: one event'], ['data must be an object'], []]);
  });

  it('may be empty', () => expect(batch([])).toEqual([]));
  it('must be an array', () => expect(problemOf(() => batch(page))).toMatch(/^400 A batch must be a JSON array/));
  it('of a thousand is taken, of a thousand and one is not', () => {
    expect(batch(Array(1000).fill(page))).toHaveLength(1000);
    expect(problemOf(() => batch(Array(1001).fill(page)))).toMatch(/^413 A batch may have 1000 events/);
  });
  it('loses only the one that is too large for an event', () => {
    const large = { ...page, id: 'large', data: { url: 'x'.repeat(1024 * 1024) } };
    expect(batch([large, page]).map(mistakes)).toEqual([
      ['data is too large (1048576 bytes at most for one event)'],
      [],
    ]);
  });
});

describe('the binary form', () => {
  const headers = {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': 'e%201',
    'ce-source': '//site.example',
    'ce-type': 'com.qualified.page.viewed',
  };
  const body = { url: '/x' };

  it('takes attributes from headers, percent-decoded', () => {
    expect(taken(parse(body, headers)[0]!)).toMatchObject({ id: 'e 1', type: 'page.viewed', data: body });
  });
  it('takes the quotes off a header', () => {
    expect(taken(parse(body, { ...headers, 'ce-id': '"a\\"b"' })[0]!).id).toBe('a"b');
  });
  it('reads UTF-8 from percent signs', () => {
    expect(taken(parse(body, { ...headers, 'ce-id': 'Euro%20%E2%82%AC%20%F0%9F%98%80' })[0]!).id).toBe('Euro € 😀');
  });
  it('refuses a header that is not percent-encoded UTF-8, by name', () => {
    expect(mistakes(parse(body, { ...headers, 'ce-id': '%E0%A4%A' })[0]!)).toEqual([
      'id the header ce-id is not percent-encoded UTF-8',
    ]);
  });
  it('names every header that is missing', () => {
    expect(mistakes(parse(body, { 'content-type': 'application/json' })[0]!)).toEqual([
      'specversion is required', 'id is required', 'source is required', 'type is required',
    ]); // biome-ignore format: a list
  });
  it('needs no body where the type needs no data', () => {
    expect(taken(parse('', { ...headers, 'ce-type': 'com.qualified.visitor.left' })[0]!).data).toEqual({});
  });
});
