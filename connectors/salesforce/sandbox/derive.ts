import { integrity, missing } from './errors.ts';
import type { Records, Saving } from './saving.ts';
import { textOf } from './saving.ts';
import { type Stored, type Value, writeTime } from './validate.ts';

/** Multi-day events are an org's choice that this one has not made. */
const longestMinutes = 1440;
const minute = 60_000;

/** Only contacts may stand beside a related record. */
const relations = ({ next }: Saving, { find }: Records): void => {
  const [whoId, whatId] = [textOf(next, 'WhoId'), textOf(next, 'WhatId')];
  const who = whoId === undefined ? undefined : find(whoId);
  if (whoId?.startsWith('00Q') && whatId)
    throw integrity('Related To ID: a task or event of a lead has no related record', 'WhatId');
  next.AccountId = whatId?.startsWith('001') ? whatId : (who?.AccountId ?? null);
};

const deriveTask = (saving: Saving, records: Records): void => {
  const { next } = saving;
  relations(saving, records);
  next.IsClosed = next.Status === 'Completed';
  next.IsHighPriority = next.Priority === 'High';
};

const startOf = ({ next, written }: Saving): Value => {
  const { StartDateTime: start, ActivityDateTime: activity } = written;
  if (start && activity && start !== activity)
    throw integrity('Due Date Time and Start Date Time must be the same', 'StartDateTime', 'ActivityDateTime');
  const day = next.IsAllDayEvent === true ? written.ActivityDate : undefined;
  return start ?? activity ?? (day ? `${day}T00:00:00.000+0000` : (next.StartDateTime ?? null));
};

/** The duration in minutes that was written, or follows from the end that was written, or was there before; null where there is none. */
const durationOf = ({ next, written }: Saving, start: number): number | null => {
  const end = textOf(written, 'EndDateTime');
  const byEnd = end ? (Date.parse(end) - start) / minute + (next.IsAllDayEvent === true ? longestMinutes : 0) : null;
  const given = typeof written.DurationInMinutes === 'number' ? written.DurationInMinutes : null;
  if (byEnd !== null && given !== null && byEnd !== given)
    throw integrity('Duration and End Date Time do not agree', 'DurationInMinutes', 'EndDateTime');
  const kept = typeof next.DurationInMinutes === 'number' ? next.DurationInMinutes : null;
  return given ?? byEnd ?? kept ?? (next.IsAllDayEvent === true ? longestMinutes : null);
};

const deriveEvent = (saving: Saving, records: Records): void => {
  const { next } = saving;
  relations(saving, records);
  const start = startOf(saving);
  const startMs = typeof start === 'string' ? Date.parse(start) : Number.NaN;
  const duration = durationOf(saving, startMs);
  const allDay = next.IsAllDayEvent === true;
  const absent = [
    ...(duration === null ? ['DurationInMinutes'] : []),
    ...(start === null ? [allDay ? 'ActivityDate' : 'ActivityDateTime'] : []),
  ];
  if (duration === null || start === null) throw missing(absent);
  if (!(duration >= 0 && duration <= longestMinutes))
    throw integrity(`Duration must be between 0 and ${longestMinutes} minutes: Duration`, 'DurationInMinutes');
  const endMs = startMs + (allDay ? duration - longestMinutes : duration) * minute;
  next.StartDateTime = writeTime(startMs);
  next.ActivityDateTime = allDay ? null : next.StartDateTime;
  next.ActivityDate = next.StartDateTime.slice(0, 10);
  next.DurationInMinutes = duration;
  next.EndDateTime = writeTime(endMs);
  next.EndDate = next.EndDateTime.slice(0, 10);
};

/**
 * A status that the campaign does not know becomes the campaign's default one, as the object reference says; a campaign without a
 * default takes the text as it is.
 */
const memberStatus = ({ next }: Saving, { list }: Records): Stored | undefined => {
  const statuses = list('CampaignMemberStatus').filter(({ CampaignId }) => CampaignId === next.CampaignId);
  const label = textOf(next, 'Status')?.toLowerCase();
  return (
    statuses.find(status => textOf(status, 'Label')?.toLowerCase() === label) ??
    statuses.find(status => status.IsDefault === true)
  );
};

const deriveMember = (saving: Saving, records: Records): void => {
  const { next } = saving;
  // Where both are given, the contact is the member.
  if (next.ContactId) next.LeadId = null;
  const id = textOf(next, 'ContactId') ?? textOf(next, 'LeadId');
  if (!id) throw missing(['ContactId', 'LeadId']);
  const person = records.find(id);
  const status = memberStatus(saving, records);
  if (status) next.Status = status.Label ?? null;
  next.HasResponded = status?.HasResponded === true;
  if (next.HasResponded) next.FirstRespondedDate ??= writeTime(records.now()).slice(0, 10);
  for (const name of ['Name', 'FirstName', 'LastName', 'Title', 'Email', 'Phone']) next[name] = person?.[name] ?? null;
  const account = textOf(person, 'AccountId');
  next.CompanyOrAccount = next.ContactId
    ? ((account && records.find(account)?.Name) ?? null)
    : (person?.Company ?? null);
  next.Type = next.ContactId ? 'Contact' : 'Lead';
  next.LeadOrContactId = id;
};

const derivePerson = ({ next }: Saving): void => {
  next.Name = [next.FirstName, next.LastName].filter(Boolean).join(' ');
};

const byType: Record<string, (saving: Saving, records: Records) => void> = {
  Task: deriveTask,
  Event: deriveEvent,
  CampaignMember: deriveMember,
  Lead: derivePerson,
  Contact: derivePerson,
  User: derivePerson,
};

/** Fills the fields that the vendor works out from others. Throws the ApiError of fields that do not go together. */
export const derive = (saving: Saving, records: Records): void => byType[saving.type]?.(saving, records);
