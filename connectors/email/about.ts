import type { StepFacts } from '../../src/sdk/index.ts';
import { webAddress } from './body.ts';
import { oneLine, shortened } from './text.ts';

/** One line of what is known of the conversation; `link` is where its value leads. */
export type Row = { label: string; value: string; link?: string };
/** Who, what and where, for the foot of a mail to a colleague. */
export type About = { rows: Row[]; conversation?: string; workflow: string };

const fields: [string, string][] = [
  ['company', 'Company'],
  ['title', 'Title'],
  ['phone', 'Phone'],
];

/** What the facts know of the visitor, the conversation and the meeting; only what is known. */
export function aboutOf({ visitor, rep, session, conversation, meeting, workflow }: StepFacts): About {
  const known = (name: string) => visitor.fields[name] as string | undefined;
  const name = [known('first_name'), known('last_name')].filter(Boolean).join(' ');
  const rows: Row[] = [];
  const add = (label: string, value: unknown, link?: string) => {
    const shown = shortened(oneLine(value === undefined || value === null ? '' : String(value)), 300);
    if (shown !== '') rows.push({ label, value: shown, ...(link && { link }) });
  };
  add('Visitor', name);
  add('E-mail', visitor.email, visitor.email && mailAddress(oneLine(visitor.email)));
  for (const [field, label] of fields) add(label, known(field));
  const page = session?.page;
  add('Page', page && [page.title, page.url].filter(Boolean).join(' – '), webAddress(page?.url));
  add('Spoke with', rep && [rep.name, rep.email].filter(Boolean).join(', '));
  add('Meeting', meeting && meetingOf(meeting));
  const link = webAddress(conversation?.url);
  return { rows, ...(link && { conversation: link }), workflow: oneLine(workflow.name) };
}

const mailAddress = (email: string) => `mailto:${encodeURIComponent(email).replace('%40', '@')}`;

function meetingOf({ status, startTime, owner }: NonNullable<StepFacts['meeting']>): string {
  const at = startTime && `${startTime.slice(0, 16).replace('T', ' ')} UTC`;
  return [status?.replace('_', '-'), at, owner?.name ?? owner?.email].filter(Boolean).join(', ');
}
