/**
 * The data that templates and conditions may read: what the engine builds for a run, what saving a workflow checks paths against, and
 * what the table in the docs is generated from. Times are RFC 3339 texts in UTC. What is not known is left out.
 */
export type ScopeNode = {
  description: string;
  /** `any` takes whatever stands behind it: nothing under it is checked. */
  type: 'text' | 'number' | 'boolean' | 'time' | 'object' | 'list' | 'any';
  /** Of an object: all that it may have. */
  properties?: Record<string, ScopeNode>;
  /** Of a list: what its elements are. */
  items?: ScopeNode;
};

const leaf =
  (type: ScopeNode['type']) =>
  (description: string): ScopeNode => ({ type, description });
const text = leaf('text');
const number = leaf('number');
const boolean = leaf('boolean');
const time = leaf('time');
const any = leaf('any');
const object = (description: string, properties: Record<string, ScopeNode>): ScopeNode => ({
  type: 'object',
  description,
  properties,
});
const list = (description: string, items: ScopeNode): ScopeNode => ({ type: 'list', description, items });

const person = { userId: text('Its id at Qualified'), email: text('Its e-mail address'), name: text('Its name') };
const utm = object('The campaign parameters that brought the visitor', {
  source: text('utm_source'),
  medium: text('utm_medium'),
  campaign: text('utm_campaign'),
  term: text('utm_term'),
  content: text('utm_content'),
});
const page = {
  url: text('Its address'),
  title: text('Its title'),
  referrer: text('Where the visitor came from'),
  utm,
  time: time('When it was viewed'),
};

export const scopeRoots: Record<string, ScopeNode> = {
  event: object('The CloudEvent that started the run', {
    specversion: text('Always 1.0'),
    id: text('Its id'),
    source: text('Where it came from'),
    type: text('Its type, with the prefix'),
    time: time('When it happened'),
    data: any('Its data: any path is allowed'),
  }),
  email: object('The e-mail of an e-mail event (built-in workflows)', {
    email: text('Whom it was sent to'),
    subject: text('Its subject'),
    body: text('Its text'),
    senderEmail: text('Who sent it'),
    sentAt: time('When it was sent'),
    campaignName: text('The campaign that it belongs to'),
  }),
  visitor: object('The visitor, as known when the step begins', {
    visitorId: text('The browser'),
    email: text('The e-mail address'),
    fields: any('The visitor fields by name; only defined ones may be named'),
    company: any('The company'),
    lead: any('Ids of the person at the vendors, by the name that the connector gives them'),
    external: any('The same ids under the name of the visitor API'),
  }),
  session: object('The session that the occasion belongs to', {
    id: text('Its id'),
    pageViews: list(
      'The pages viewed, oldest first; `session.pageViews.size` counts them',
      object('A page view', page),
    ),
    firstPage: object('The first page viewed', page),
    lastPage: object('The last page viewed', page),
    referrer: text('Where the visitor came from'),
    utm,
    startedAt: time('When it began'),
    endedAt: time('When it ended'),
  }),
  conversation: object('The conversation of the occasion; at session end the latest one of the session', {
    id: text('Its id'),
    transcript: text('All messages as one text'),
    url: text('Link to the full conversation'),
    messages: list(
      'The messages, oldest first',
      object('A message', {
        id: text('Its id'),
        time: time('When it was sent'),
        senderType: text('visitor, user, experience or ai_profile'),
        senderName: text('Who wrote it'),
        userId: text('The rep, where one wrote it'),
        userEmail: text("The rep's e-mail"),
        text: text('What it says'),
      }),
    ),
    rep: object('The live rep who wrote last', person),
    summary: text('The summary'),
    experienceName: text('The experience that it began with'),
    startedAt: time('When it began'),
    endedAt: time('When it ended'),
  }),
  meeting: object('The meeting of the occasion; at session end the latest one of the session', {
    id: text('Its id'),
    status: text('offered, booked, rescheduled, canceled or no_show'),
    title: text('Its title'),
    startTime: time('When it begins'),
    endTime: time('When it ends'),
    attendees: list(
      'Who takes part',
      object('An attendee', {
        name: text('The name'),
        email: text('The e-mail address'),
        organizer: boolean('Whether it organizes the meeting'),
        owner: boolean('Whether it owns the meeting'),
      }),
    ),
    owner: object('The attendee who owns it', { name: text('The name'), email: text('The e-mail address') }),
    meetingTypeName: text('Its type'),
    channel: text('How it came about'),
    location: text('Where it takes place'),
  }),
  pounce: object('The pounce of the occasion', {
    id: text('Its id'),
    automatic: boolean('Whether no rep sent it'),
    rep: object('The rep who sent it', person),
  }),
  trigger: object('What started the run', {
    type: text('The trigger'),
    timing: text('Its timing'),
    occasion: text('What it happened to, such as session:s1'),
  }),
  workflow: object('This workflow', { id: text('Its id'), name: text('Its name'), version: number('Its version') }),
  run: object('This run', { id: text('Its id') }),
  steps: any('What each earlier step gave back, by the id of the step'),
};
