/** The campaigns that the org starts with. */
type SeedStatus = { Label: string; IsDefault: boolean; HasResponded: boolean };
export type SeedCampaign = {
  Name: string;
  Type: string;
  Status: string;
  StartDate: string;
  EndDate: string;
  IsActive: boolean;
  owner: string;
  statuses: SeedStatus[];
  members: { email: string; Status: string }[];
};
const status = (Label: string, IsDefault: boolean, HasResponded: boolean): SeedStatus => ({
  Label,
  IsDefault,
  HasResponded,
});
const usual = [status('Sent', true, false), status('Responded', false, true)];
export const campaigns: SeedCampaign[] = [
  {
    Name: 'Website Conversations 2026',
    Type: 'Website',
    Status: 'In Progress',
    StartDate: '2026-01-01',
    EndDate: '2026-12-31',
    IsActive: true,
    owner: 'luis.ortega@brightline.example',
    statuses: usual,
    members: [{ email: 'chiara.fontana@vela-marine.example', Status: 'Responded' }],
  },
  {
    Name: 'Autumn Fleet Webinar',
    Type: 'Webinar',
    Status: 'In Progress',
    StartDate: '2026-11-10',
    EndDate: '2026-12-04',
    IsActive: true,
    owner: 'dana.whitfield@brightline.example',
    statuses: [
      status('Invited', true, false),
      status('Registered', false, true),
      status('Attended', false, true),
      status('No Show', false, false),
    ],
    members: [
      { email: 'ellen.marsh@harborpine.example', Status: 'Registered' },
      { email: 'derek.nystrom@tundra-tools.example', Status: 'Invited' },
    ],
  },
  {
    Name: 'Spring Trade Fair 2026',
    Type: 'Trade Show',
    Status: 'Completed',
    StartDate: '2026-04-14',
    EndDate: '2026-04-17',
    IsActive: false,
    owner: 'priya.raman@brightline.example',
    statuses: usual,
    members: [],
  },
];
