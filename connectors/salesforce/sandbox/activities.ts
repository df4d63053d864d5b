import {
  date,
  type Field,
  field,
  flag,
  long,
  lookup,
  number,
  object,
  owner,
  pick,
  readOnly,
  system,
  text,
  time,
  url,
} from './fields.ts';

const subject = (values: string[]) => field('Subject', 'Subject', 'combobox', { length: 255, values });
const related = (): Field[] => [
  lookup('WhoId', 'Name ID', ['Contact', 'Lead']),
  lookup('WhatId', 'Related To ID', ['Account', 'Campaign']),
];
const reminder = (): Field[] => [time('ReminderDateTime', 'Reminder Date/Time'), flag('IsReminderSet', 'Reminder Set')];
/** A custom field of the activity object belongs to tasks and events alike. */
const custom = (): Field[] => [url('Website_Conversation__c', 'Website Conversation')];

export const task = object('Task', 'Tasks', '00T', [
  ...system('Activity'),
  ...related(),
  subject(['Call', 'Email', 'Send Letter', 'Send Quote', 'Other']),
  date('ActivityDate', 'Due Date Only'),
  pick('Status', 'Status', ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'], {
    nillable: false,
    initial: 'Not Started',
  }),
  pick('Priority', 'Priority', ['High', 'Normal', 'Low'], { nillable: false, initial: 'Normal' }),
  flag('IsHighPriority', 'High Priority', readOnly),
  owner('Assigned To ID'),
  long('Description', 'Description'),
  lookup('AccountId', 'Account ID', ['Account'], readOnly),
  flag('IsClosed', 'Closed', readOnly),
  flag('IsArchived', 'Archived', readOnly),
  number('CallDurationInSeconds', 'Call Duration'),
  pick('CallType', 'Call Type', ['Internal', 'Inbound', 'Outbound'], { restricted: true }),
  text('CallDisposition', 'Call Result', 255),
  text('CallObject', 'Call Object Identifier', 255),
  ...reminder(),
  pick('TaskSubtype', 'Task Subtype', ['Task', 'Email', 'Call', 'List Email', 'Cadence', 'LinkedIn'], {
    restricted: true,
    updateable: false,
    initial: 'Task',
  }),
  ...custom(),
]);

export const event = object('Event', 'Events', '00U', [
  ...system('Activity'),
  ...related(),
  subject(['Call', 'Email', 'Meeting', 'Send Letter/Quote', 'Other']),
  text('Location', 'Location', 255),
  flag('IsAllDayEvent', 'All-Day Event'),
  time('ActivityDateTime', 'Due Date Time'),
  date('ActivityDate', 'Due Date Only'),
  number('DurationInMinutes', 'Duration'),
  time('StartDateTime', 'Start Date Time'),
  time('EndDateTime', 'End Date Time'),
  date('EndDate', 'End Date', readOnly),
  long('Description', 'Description'),
  lookup('AccountId', 'Account ID', ['Account'], readOnly),
  owner('Assigned To ID'),
  flag('IsPrivate', 'Private'),
  pick('ShowAs', 'Show Time As', ['Busy', 'OutOfOffice', 'Free'], { length: 40, restricted: true, initial: 'Busy' }),
  flag('IsChild', 'Is Child', readOnly),
  flag('IsGroupEvent', 'Is Group Event', readOnly),
  flag('IsArchived', 'Archived', readOnly),
  ...reminder(),
  pick('EventSubtype', 'Event Subtype', ['Event'], {
    length: 40,
    restricted: true,
    updateable: false,
    initial: 'Event',
  }),
  ...custom(),
]);
