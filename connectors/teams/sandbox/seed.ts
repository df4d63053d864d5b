/** The tenant that the sandbox starts with. All people are invented; every domain ends in .example. */
export const tenantId = '7c1de0a4-52b7-4f3c-9a0e-61f2c0a5b111';
export const appId = '3f0b9d52-8a64-4c1b-b7a1-0d9c5e7f2a10';
export const appPassword = 'teams-sandbox-client-secret~value';
export const bot = { id: `28:${appId}`, name: 'Baton' };

export type Person = {
  /** The person's id for this app. */
  id: string;
  aadObjectId: string;
  name: string;
  email: string;
  userPrincipalName: string;
};
const person = (number: number, name: string, alias?: string): Person => {
  const [first = '', last = ''] = name.toLowerCase().split(' ');
  const email = `${first}.${last}@brightline.example`;
  return {
    id: `29:1brightline-${String(number).padStart(2, '0')}-${first}`,
    aadObjectId: `0a7d4c10-1f2e-4b3a-8c5d-0000000000${String(number).padStart(2, '0')}`,
    name,
    email,
    userPrincipalName: alias ? `${alias}@brightline.example` : email,
  };
};
export const people: Person[] = [
  person(1, 'Dana Whitfield'),
  person(2, 'Luis Ortega'),
  person(3, 'Priya Raman', 'praman'),
  person(4, 'Noor Haddad'),
  person(5, 'Owen Price'),
  // In no team, and without the app.
  person(6, 'Greta Lindqvist'),
];

export type Channel = { id: string; name: string };
export type Team = { id: string; name: string; aadGroupId: string; channels: Channel[]; members: string[] };
const team = (id: string, name: string, group: number, channels: [string, string][], members: number[]): Team => ({
  id: `19:${id}@thread.tacv2`,
  name,
  aadGroupId: `5e1b7f90-0000-4000-8000-00000000000${group}`,
  // The first channel of a team has the team's own id.
  channels: [
    { id: `19:${id}@thread.tacv2`, name: 'General' },
    ...channels.map(([channel, name]) => ({ id: `19:${channel}@thread.tacv2`, name })),
  ],
  members: members.map(number => people[number - 1]!.id),
});
export const teams: Team[] = [
  team(
    'revenue000000000000000000000001',
    'Revenue',
    1,
    [
      ['inbound000000000000000000000001', 'Inbound'],
      ['meetings00000000000000000000001', 'Meetings'],
    ],
    [1, 2, 3, 4],
  ),
  team(
    'enterprise00000000000000000001',
    'Enterprise',
    2,
    [['accounts00000000000000000000001', 'Named accounts']],
    [3, 4],
  ),
  team('operations00000000000000000001', 'Operations', 3, [], [5]),
];

/** Where the app is from the start: the others must install it. */
export const installedTeams = [teams[0]!.id];
export const installedPeople = [people[0]!.id];
