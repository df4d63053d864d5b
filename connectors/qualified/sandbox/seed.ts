import { iso, type Message, noRecords, type PageView, type Records, type Session } from './records.ts';

export type Seed = { seed: number; leads: number; sessions: number; days: number };
export const smallSeed: Seed = { seed: 7, leads: 40, sessions: 25, days: 7 };

const minute = 60_000;
const day = 1440 * minute;
const first = ['Ana', 'Bilal', 'Chidi', 'Dana', 'Elif', 'Farid', 'Grace', 'Hana', 'Ivo', 'Jun', 'Kofi', 'Lena'];
const last = [
  'Silva',
  'Khan',
  'Okafor',
  'Levi',
  'Demir',
  'Nasser',
  'Hopper',
  'Sato',
  'Novak',
  'Park',
  'Mensah',
  'Berg',
];
const companies = ['Acme', 'Globex', 'Initech', 'Umbrella', 'Hooli', 'Stark'];
const pages = ['', 'pricing', 'product', 'customers', 'security', 'docs'];
const reps = [
  { id: 'usr_ada', name: 'Ada Rep', email: 'ada@vendor.example' },
  { id: 'usr_ben', name: 'Ben Rep', email: 'ben@vendor.example' },
];
const channels = ['Conversation with Rep', 'Automatic Experiences', 'Smart Form Experiences', 'Direct Meeting Links'];
const statuses = ['offered', 'booked', 'booked', 'rescheduled', 'canceled', 'no_show'];

/** Numbers of [0, 1) that are the same for the same seed (mulberry32). */
function dice(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    below: (most: number) => Math.floor(next() * most),
    pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!,
    chance: (part: number) => next() < part,
  };
}
type Dice = ReturnType<typeof dice>;

/** What a team has gathered in the `days` before `now`: the same for the same seed and time. Later records have larger ids. */
export function generate({ seed, leads, sessions, days }: Seed, now: number): Records {
  const throws = dice(seed);
  const records = noRecords();
  const start = now - days * day;
  const within = (number: number, of: number) => start + Math.floor(((now - start) * number) / of);
  for (let number = 0; number < leads; number++) records.leads.push(lead(throws, number, within(number, leads), now));
  for (let number = 0; number < sessions; number++)
    session(throws, records, number, within(number, sessions) + throws.below(30 * minute));
  for (let number = 0; number < Math.ceil(sessions / 20); number++)
    standingAlone(throws, records, within(number, Math.ceil(sessions / 20)));
  return records;
}

const number = (kind: string, of: number): string => `${kind}_${String(of).padStart(7, '0')}`;
const noIds = {
  salesforceLeadId: null,
  salesforceContactId: null,
  pardotProspectId: null,
  marketoLeadId: null,
  hubspotContactId: null,
  eloquaContactId: null,
};

function lead({ pick, chance, below }: Dice, of: number, createdAt: number, now: number) {
  const [firstName, lastName] = [pick(first), pick(last)];
  const changedAt = chance(0.3) ? Math.min(now, createdAt + below(2 * day)) : createdAt;
  return {
    id: number('lead', of),
    email: `${firstName}.${lastName}.${of}@${pick(companies)}.example`,
    fields: {
      first_name: firstName,
      last_name: lastName,
      company: pick(companies),
      employees: 10 ** (1 + below(4)),
      newsletter: chance(0.5),
      interests: chance(0.4) ? ['pricing', 'security'] : [],
      phone: null,
    },
    createdAt: iso(createdAt),
    updatedAt: iso(changedAt),
    visitorIds: Array.from({ length: chance(0.05) ? 0 : chance(0.1) ? 2 : 1 }, (_, n) => `vis_${of}_${n}`),
    ...noIds,
    salesforceLeadId: chance(0.2) ? `00Q${String(of).padStart(15, '0')}` : null,
  };
}

function session(throws: Dice, records: Records, of: number, createdAt: number): void {
  const { below, chance, pick } = throws;
  const known = chance(0.5) && records.leads.length > 0 ? pick(records.leads) : undefined;
  const endedAt = createdAt + minute + below(40 * minute);
  const one: Session = {
    id: number('ses', of),
    createdAt: iso(createdAt),
    endedAt: iso(endedAt),
    visitorId: known?.visitorIds[0] ?? `vis_anonymous_${of}`,
    visitor: chance(0.1) ? null : { email: known?.email ?? null, fields: known?.fields ?? {}, ...noIds },
    userAgent: { string: 'Mozilla/5.0', deviceType: pick(['desktop', 'mobile']) },
    conversationIds: [],
    pageViews: Array.from({ length: 1 + below(4) }, () => view(throws, createdAt + below(endedAt - createdAt))),
    meetingIds: [],
  };
  records.sessions.push(one);
  for (let talks = chance(0.5) ? 1 + below(2) : 0; talks > 0; talks--) conversation(throws, records, one, endedAt);
}

const view = ({ pick, chance }: Dice, at: number): PageView => ({
  baseUrl: `https://www.vendor.example/${pick(pages)}`,
  createdAt: iso(at),
  endedAt: null,
  utmSource: chance(0.3) ? 'newsletter' : null,
  utmMedium: null,
  utmCampaign: chance(0.3) ? 'autumn' : null,
  utmTerm: null,
  utmContent: null,
  referrer: chance(0.4) ? 'https://search.example/' : null,
});

function conversation(throws: Dice, records: Records, of: Session, endedAt: number): void {
  const { below, chance, pick } = throws;
  const rep = chance(0.3) ? pick(reps) : undefined;
  const other = rep ? 'user' : pick(['experience', 'ai_profile'] as const);
  const startedAt = Date.parse(of.createdAt) + below(30_000);
  const id = number('con', records.conversations.length);
  const meetingIds: string[] = [];
  records.conversations.push({
    id,
    sessionId: of.id,
    meetingIds,
    experienceName: other === 'experience' ? 'Homepage bot' : null,
    createdAt: iso(startedAt),
    endedAt: iso(endedAt),
    userId: rep?.id ?? null,
    visitorId: of.visitorId,
  });
  of.conversationIds.push(id);
  const names = { user: rep?.name ?? null, experience: 'Homepage bot', ai_profile: 'Piper' };
  const lines = 2 + below(9);
  for (let line = 0; line < lines; line++) {
    const visitor = line % 2 === 1;
    const said: Message = {
      id: number('msg', records.messages.length),
      type: 'text',
      text: visitor ? pick(['Hello', 'How much is it?', 'A demo, please']) : pick(['Hi!', 'May I help?', 'Of course']),
      // Some in the same second.
      createdAt: iso(Math.min(endedAt, startedAt + line * below(60_000))),
      senderType: visitor ? 'visitor' : other,
      senderName: visitor ? null : names[other],
      conversationId: id,
    };
    if (chance(0.01)) Object.assign(said, { senderType: null, senderName: null });
    records.messages.push(said);
  }
  if (chance(0.3)) {
    const offer = meeting(throws, records, of, id, startedAt + 1000, endedAt);
    meetingIds.push(offer);
    of.meetingIds.push(offer);
  }
}

function meeting(throws: Dice, records: Records, of: Session, conversationId: string, at: number, endedAt: number) {
  const { pick } = throws;
  const id = number('mtg', records.meetings.length);
  const status = pick(statuses);
  const later = status === 'offered' ? at : status === 'booked' ? Math.min(endedAt, at + minute) : at + day;
  records.meetings.push({
    id,
    sessionId: of.id,
    conversationId,
    visitorId: of.visitorId,
    attendees: attendees(throws, status),
    meetingTypeName: 'Demo',
    createdAt: iso(at),
    updatedAt: iso(later),
    status,
    channel: pick(channels),
  });
  return id;
}

/** Booked by a link: no session, no conversation. */
function standingAlone(throws: Dice, records: Records, at: number): void {
  const id = number('mtg', records.meetings.length);
  records.meetings.push({
    id,
    sessionId: null,
    conversationId: null,
    visitorId: `vis_link_${id}`,
    attendees: attendees(throws, 'booked'),
    meetingTypeName: 'Intro call',
    createdAt: iso(at),
    updatedAt: iso(at),
    status: 'booked',
    channel: 'Direct Meeting Links',
  });
}

function attendees({ pick, below }: Dice, status: string) {
  if (status === 'offered') return [];
  const rep = pick(reps);
  const guest = `${pick(first)} ${pick(last)}`;
  return [
    { name: rep.name, email: rep.email, organizer: true, owner: true },
    { name: guest, email: `guest${below(100_000)}@acme.example`, organizer: false, owner: false },
  ];
}
