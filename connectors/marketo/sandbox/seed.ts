import type { ActivityType } from './activities.ts';
import type { Channel, Program } from './programs.ts';

export const people = [
  {
    email: 'hanna.verbeek@northwind-freight.example',
    firstName: 'Hanna',
    lastName: 'Verbeek',
    title: 'Head of Operations',
    company: 'Northwind Freight',
    country: 'Netherlands',
    leadScore: 42,
    crm: true,
  },
  {
    email: 'tomas.lindqvist@fjordline.example',
    firstName: 'Tomas',
    lastName: 'Lindqvist',
    company: 'Fjordline Cargo',
    partition: 'Europe',
  },
  { email: 'amara.nwosu@delta-haulage.example', firstName: 'Amara', lastName: 'Nwosu', leadScore: 7 },
];

export const lists = [
  { id: 1021, name: 'Chatted on the website', workspaceName: 'Default' },
  { id: 1022, name: 'Webinar invitees', programName: 'Autumn Fleet Webinar', workspaceName: 'Default' },
];

const statuses = (...names: string[]): Channel['statuses'] =>
  ['Not in Program', ...names].map((name, index) => ({ name, step: index * 10, success: index === names.length }));
export const channels: Channel[] = [
  { id: 3, name: 'Website Chat', statuses: statuses('Visited', 'Engaged', 'Meeting Booked') },
  { id: 4, name: 'Webinar', statuses: statuses('Invited', 'Registered', 'No Show', 'Attended') },
];

const shared = [{ tagType: 'UsedWithQualified', tagValue: 'True' }];
export const programs: Program[] = [
  { id: 1107, name: 'Website Conversations', type: 'Default', channel: 'Website Chat', tags: shared },
  { id: 1108, name: 'Autumn Fleet Webinar', type: 'Event', channel: 'Webinar', tags: shared },
  { id: 1109, name: 'Spring Newsletter', type: 'Default', channel: 'Website Chat', tags: [] },
];

const attribute = (apiName: string, name: string, dataType = 'string') => ({ apiName, name, dataType });
export const activityTypes: ActivityType[] = [
  {
    id: 100001,
    apiName: 'websiteConversation',
    name: 'Website Conversation',
    description: 'The person talked on the website',
    triggerName: 'Has a Website Conversation',
    filterName: 'Had a Website Conversation',
    status: 'approved',
    primaryAttribute: attribute('topic', 'Topic'),
    attributes: [
      attribute('conversationUrl', 'Conversation URL', 'link'),
      attribute('transcript', 'Transcript', 'text'),
      attribute('batonKey', 'Baton Key'),
    ],
  },
  {
    id: 100002,
    apiName: 'bookedDemo',
    name: 'Booked Demo',
    description: 'The person booked a demo',
    triggerName: 'Books a Demo',
    filterName: 'Booked a Demo',
    status: 'approved',
    primaryAttribute: attribute('demoName', 'Demo Name'),
    attributes: [attribute('demoDate', 'Demo Date', 'datetime')],
  },
  {
    id: 100003,
    apiName: 'visitedFair',
    name: 'Visited Fair',
    description: '',
    triggerName: 'Visits a Fair',
    filterName: 'Visited a Fair',
    status: 'draft',
    primaryAttribute: attribute('fair', 'Fair'),
    attributes: [],
  },
];
