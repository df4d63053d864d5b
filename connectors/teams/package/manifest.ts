const SCHEMA_VERSION = '1.17';
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const commands = [
  { title: 'alerts', description: 'The newest alerts' },
  { title: 'mine', description: 'The alerts that you have claimed' },
  { title: 'status', description: 'What the app is connected to' },
];

/**
 * What Teams must know of the app. https://learn.microsoft.com/microsoft-365/extensibility/schema/
 * @throws Error with a sentence where Teams would refuse it
 */
export function manifest({ appId, publicUrl, version }: { appId: string; publicUrl: string; version: string }) {
  if (!GUID.test(appId)) throw new Error('TEAMS_APP_ID must be the application (client) id of the Entra app, a GUID.');
  const url = URL.parse(publicUrl);
  if (url?.protocol !== 'https:') throw new Error('PUBLIC_URL must begin with https://: Teams calls no other address.');
  return {
    $schema: `https://developer.microsoft.com/json-schemas/teams/v${SCHEMA_VERSION}/MicrosoftTeams.schema.json`,
    manifestVersion: SCHEMA_VERSION,
    version,
    // The app and its bot may have the same id, and then there is one less to keep.
    id: appId.toLowerCase(),
    developer: {
      name: 'Baton',
      websiteUrl: url.origin,
      privacyUrl: url.origin,
      termsOfUseUrl: url.origin,
    },
    name: { short: 'Baton', full: 'Baton alerts' },
    description: {
      short: 'Alerts about visitors of your website',
      full: 'Baton tells you when somebody on your website wants to talk, has booked a meeting or is worth a call. Claim the alert, snooze it, mark it as not relevant or have a follow-up task made, right from the card.',
    },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor: '#1B4FA8',
    bots: [
      {
        botId: appId.toLowerCase(),
        scopes: ['team', 'personal', 'groupChat'],
        supportsFiles: false,
        isNotificationOnly: false,
        commandLists: [
          { scopes: ['personal'], commands },
          { scopes: ['team', 'groupChat'], commands },
        ],
      },
    ],
    permissions: ['identity', 'messageTeamMembers'],
    validDomains: [url.hostname],
  };
}
