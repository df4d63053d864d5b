/** The workspace that the sandbox starts with. All people are invented; every domain ends in .example. */
export const team = { id: 'T04BRIGHT1', name: 'Brightline Freight Software', domain: 'brightline-freight' };
export const appId = 'A04BATON001';
export const botId = 'B04BATON001';
export const botUserId = 'U04BATONBOT';
/** What Slack still sends with every call, and nobody should believe. */
export const verificationToken = 'sandbox-verification-token';

export type User = { id: string; name: string; realName: string; email: string; title: string; deleted?: boolean };
export const users: readonly User[] = [
  {
    id: 'U04DANAWHI1',
    name: 'dana',
    realName: 'Dana Whitfield',
    email: 'dana.whitfield@brightline.example',
    title: 'Account Executive',
  },
  {
    id: 'U04LUISORT1',
    name: 'luis',
    realName: 'Luis Ortega',
    email: 'luis.ortega@brightline.example',
    title: 'Sales Development Representative',
  },
  {
    id: 'U04PRIYARA1',
    name: 'priya',
    realName: 'Priya Raman',
    email: 'priya.raman@brightline.example',
    title: 'Enterprise Account Executive',
  },
  {
    id: 'U04NOORHAL1',
    name: 'noor',
    realName: 'Noor Haddad',
    email: 'noor.haddad@brightline.example',
    title: 'VP Sales',
  },
  {
    id: 'U04OWENPRI1',
    name: 'owen',
    realName: 'Owen Price',
    email: 'owen.price@brightline.example',
    title: 'Revenue Operations',
  },
];

export type Channel = {
  id: string;
  name: string;
  topic: string;
  isPrivate: boolean;
  isArchived: boolean;
  botIsMember: boolean;
};
const channel = (id: string, name: string, topic: string, more: Partial<Channel> = {}): Channel => ({
  id,
  name,
  topic,
  isPrivate: false,
  isArchived: false,
  botIsMember: true,
  ...more,
});
export const channels: Channel[] = [
  channel('C04INBOUND1', 'inbound', 'Visitors who want to talk'),
  channel('C04SALESAL1', 'sales-alerts', 'What sales should know now'),
  channel('C04ENTERPR1', 'enterprise', 'Companies with 1,000 people and more', { botIsMember: false }),
  channel('C04MEETING1', 'meetings', 'Booked, moved and cancelled'),
  channel('C04LEADERS1', 'leadership', 'Numbers', { isPrivate: true, botIsMember: false }),
  channel('C04OLDCAMP1', 'old-campaign', 'Spring webinar', { isArchived: true }),
];
