import { type FindContext, type PendingItem, StepError } from '../../src/sdk/index.ts';
import type { ActivityInput, ActivityOutput } from './actions/add-activity.ts';
import { type ActivityType, findActivityType, KEY_ATTRIBUTE } from './activity-types.ts';
import type { MarketoClient } from './client.ts';
import { personOf } from './person.ts';

/** Marketo takes so many people in one question about activities. */
const PEOPLE_MOST = 30;
const PAGES_MOST = 20;
/** How much earlier than ours the vendor's clock may be. */
const CLOCKS_APART_MS = 5 * 60_000;

type Pending = PendingItem<ActivityInput>;
type Found = ActivityOutput | StepError | undefined;
type Context = FindContext<MarketoClient>;
type Logged = {
  id?: number;
  marketoGUID?: string;
  leadId: number;
  attributes?: { name?: string; apiName?: string; value?: unknown }[];
};

/**
 * Looks for activities of first tries by the step's key, which is kept in the attribute `batonKey`. Of a type without that attribute
 * nobody can tell.
 */
export async function findActivities(context: Context, items: Pending[]): Promise<Found[]> {
  const found = new Map<Pending, Found>();
  for (const [name, group] of Map.groupBy(items, ({ input }) => input.activityType)) {
    const type = await findActivityType(context, name);
    const key = type.attributes.find(({ apiName }) => apiName === KEY_ATTRIBUTE);
    for (let from = 0; from < group.length; from += PEOPLE_MOST) {
      const part = group.slice(from, from + PEOPLE_MOST);
      const results = key ? await lookFor(context, type, key.name, part) : part.map(() => nobodyCanTell(type));
      for (const [index, item] of part.entries()) found.set(item, results[index]);
    }
  }
  return items.map(item => found.get(item));
}

const nobodyCanTell = ({ name }: ActivityType): StepError =>
  new StepError(
    'uncertain',
    `Marketo may have taken the activity in, and it cannot be told: the type “${name}” has no attribute with the API name ${KEY_ATTRIBUTE}. Look at the person’s activity log; then run the step again, or cancel the run.`,
    { park: true },
  );

async function lookFor(context: Context, type: ActivityType, keyName: string, items: Pending[]): Promise<Found[]> {
  const since = new Date(Math.min(...items.map(({ firstTriedAt }) => firstTriedAt)) - CLOCKS_APART_MS);
  const logged = await activitiesSince(context, type, since, [...new Set(items.map(({ facts }) => personOf(facts)))]);
  return items.map(({ stepKey }) => {
    const ours = logged.find(({ attributes = [] }) =>
      attributes.some(
        ({ name, apiName, value }) => (name === keyName || apiName === KEY_ATTRIBUTE) && value === stepKey,
      ),
    );
    if (!ours) return undefined;
    return {
      activityId: String(ours.marketoGUID ?? ours.id),
      activityType: type.apiName,
      leadId: String(ours.leadId),
    };
  });
}

async function activitiesSince(
  { client, signal }: Context,
  type: ActivityType,
  since: Date,
  leadIds: number[],
): Promise<Logged[]> {
  const sinceDatetime = since.toISOString().replace(/\.\d+Z$/, 'Z');
  const logged: Logged[] = [];
  let token = await pagingToken(client, sinceDatetime, signal);
  for (let page = 0; page < PAGES_MOST; page += 1) {
    const query = { nextPageToken: token, activityTypeIds: type.id, leadIds: leadIds.join(',') };
    const answer = await client.read({ path: '/rest/v1/activities.json', query, signal });
    logged.push(...(answer.result as Logged[]));
    if (!answer.moreResult) return logged;
    token = answer.nextPageToken ?? token;
  }
  throw new StepError('transient', 'The log of activities is too long to be read through; it is tried again.');
}

async function pagingToken(client: MarketoClient, sinceDatetime: string, signal: AbortSignal): Promise<string> {
  const path = '/rest/v1/activities/pagingtoken.json';
  const { nextPageToken } = await client.read({ path, query: { sinceDatetime }, signal });
  if (!nextPageToken) throw new StepError('transient', 'Marketo gave no place to read the log from.');
  return nextPageToken;
}
