import type { Connection, DescribeSObjectResult } from 'jsforce';
import { askForUser } from './account.ts';
import type { SalesforceClient } from './client.ts';
import { classify } from './errors.ts';

type Right = 'queryable' | 'createable' | 'updateable' | 'deletable';
const words: Record<Right, string> = {
  queryable: 'Read',
  createable: 'Create',
  updateable: 'Edit',
  deletable: 'Delete',
};

/** What each object is needed for, by right. */
const needed: { object: string; rights: Partial<Record<Right, string>> }[] = [
  {
    object: 'Lead',
    rights: {
      queryable: 'find Leads by e-mail',
      createable: 'create Leads in a push',
      updateable: 'update Leads in a push',
    },
  },
  { object: 'Contact', rights: { queryable: 'find Contacts by e-mail', updateable: 'update Contacts in a push' } },
  { object: 'Campaign', rights: { queryable: 'find campaigns' } },
  {
    object: 'CampaignMember',
    rights: {
      queryable: 'see who is a member already',
      createable: 'add people to campaigns',
      updateable: 'set the status of campaign members',
    },
  },
  { object: 'Task', rights: { queryable: 'find tasks again after a lost answer', createable: 'create tasks' } },
  {
    object: 'Event',
    rights: {
      queryable: 'find events again after a lost answer',
      createable: 'create events',
      updateable: 'move the events of rescheduled meetings',
      deletable: 'delete the events of cancelled meetings',
    },
  },
];

/** Which rights the connected user lacks, each as a sentence that says what to grant. Three calls. */
export async function checkRights({
  client,
  signal,
}: {
  client: SalesforceClient;
  signal: AbortSignal;
}): Promise<string[]> {
  const connection = client.connection(signal);
  const { user_id: userId } = await askForUser(connection);
  try {
    const described = await describeAll(connection);
    return [...described, ...(await checkMarketingUser(connection, userId))];
  } catch (thrown) {
    const error = classify(thrown);
    if (/^API_(DISABLED_FOR_ORG|CURRENTLY_DISABLED)$/.test(error.details.vendorCode ?? ''))
      return [
        'Grant “API Enabled” to the connected user (Setup → Permission Sets → System Permissions); without it Salesforce answers no call at all. The org’s edition must have the API, too.',
      ];
    throw error;
  }
}

type Part = { referenceId: string; httpStatusCode: number; body: unknown };

/** One composite call for all objects. One that the user may not see at all is not described. */
async function describeAll(connection: Connection): Promise<string[]> {
  const compositeRequest = needed.map(({ object }) => ({
    method: 'GET',
    url: `/services/data/v${connection.version}/sobjects/${object}/describe`,
    referenceId: object,
  }));
  const { compositeResponse } = await connection.requestPost<{ compositeResponse: Part[] }>('/composite', {
    compositeRequest,
  });
  return needed.flatMap(({ object, rights }) => {
    const part = compositeResponse.find(({ referenceId }) => referenceId === object);
    const described = part?.httpStatusCode === 200 ? (part.body as DescribeSObjectResult) : undefined;
    return Object.entries(rights).flatMap(([right, purpose]) =>
      described?.[right as Right]
        ? []
        : `Grant “${words[right as Right]}” on ${object} to the connected user (Setup → Permission Sets → Object Settings): it is needed to ${purpose}.`,
    );
  });
}

async function checkMarketingUser(connection: Connection, userId: string): Promise<string[]> {
  const [user] = await connection.sobject('User').find({ Id: userId }, ['Id', 'UserPermissionsMarketingUser']).limit(1);
  if (user?.UserPermissionsMarketingUser === true) return [];
  return [
    'Tick “Marketing User” on the connected user (Setup → Users): without it Salesforce does not let people be added to campaigns.',
  ];
}
