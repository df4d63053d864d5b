import { createHash } from 'node:crypto';
import * as associations from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js';
import * as companies from '@hubspot/api-client/lib/codegen/crm/companies/index.js';
import * as contacts from '@hubspot/api-client/lib/codegen/crm/contacts/index.js';
import * as meetings from '@hubspot/api-client/lib/codegen/crm/objects/meetings/index.js';
import * as notes from '@hubspot/api-client/lib/codegen/crm/objects/notes/index.js';
import * as owners from '@hubspot/api-client/lib/codegen/crm/owners/index.js';
import * as properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js';
import * as timeline from '@hubspot/api-client/lib/codegen/crm/timeline/index.js';
import { type ConnectorSettings, type Grant, type Secret, StepError } from '../../src/sdk/index.ts';
import { ask } from './wire.ts';

/** What actions call HubSpot through. `api(signal)` answers the SDK's own API groups, bounded by that signal. */
export type HubSpotClient = {
  settings: ConnectorSettings;
  accessToken: Secret;
  /** The account that the token is for, where the grant says so. */
  hubId: string | undefined;
  /** Tells the account from others, for what is remembered of it. */
  account: string;
  /** Whether a push also finds or makes the company, chosen when the account was connected. */
  linksCompanies: boolean;
  api(signal: AbortSignal): HubSpotApi;
};

export type HubSpotApi = {
  contacts: contacts.BasicApi;
  contactBatches: contacts.BatchApi;
  contactSearch: contacts.SearchApi;
  companyBatches: companies.BatchApi;
  companySearch: companies.SearchApi;
  properties: properties.CoreApi;
  owners: owners.OwnersApi;
  associations: associations.BasicApi;
  associationBatches: associations.BatchApi;
  meetings: meetings.BasicApi;
  meetingBatches: meetings.BatchApi;
  notes: notes.BasicApi;
  noteBatches: notes.BatchApi;
  timelineEvents: timeline.EventsApi;
};

/** Where the API is, without a slash at the end. */
export const apiUrl = (settings: ConnectorSettings): string =>
  (settings.HUBSPOT_API_URL ?? 'https://api.hubapi.com').replace(/\/+$/, '');

/** Where people sign in, without a slash at the end: the authorize page's address without its path. */
export const appUrl = (settings: ConnectorSettings): string =>
  (settings.HUBSPOT_AUTHORIZE_URL ?? 'https://app.hubspot.com/oauth/authorize').replace(/\/oauth\/authorize\/?$/, '');

/**
 * Builds the client around a live access token, without I/O.
 * @throws StepError `unauthorized` without a grant
 */
export function openClient({
  grant,
  settings,
  timeoutMs,
}: {
  grant?: Grant;
  settings: ConnectorSettings;
  timeoutMs: number;
}): HubSpotClient {
  if (!grant) throw new StepError('unauthorized', 'HubSpot is not connected. Connect HubSpot.');
  const { accessToken, extra } = grant;
  const token = accessToken.reveal();
  const hubId = extra?.hubId;
  return {
    settings,
    accessToken,
    hubId,
    account: `${apiUrl(settings)} ${hubId ?? createHash('sha256').update(token).digest('hex')}`,
    linksCompanies: extra?.companies === 'link',
    api: signal => apiOf({ url: apiUrl(settings), accessToken: token, signal, timeoutMs }),
  };
}

type Call = { url: string; accessToken: string; signal: AbortSignal; timeoutMs: number };

/**
 * The SDK's API groups, each with an HTTP library of ours. The SDK's `Client` is not used: its retries and rate limiter are one setting
 * for the whole process (the newest client's), it has no timeout, and it takes a signal nowhere.
 */
function apiOf(call: Call): HubSpotApi {
  const contactApi = configured(contacts, call);
  const companyApi = configured(companies, call);
  const associationApi = configured(associations, call);
  const meetingApi = configured(meetings, call);
  const noteApi = configured(notes, call);
  return {
    contacts: new contacts.BasicApi(contactApi),
    contactBatches: new contacts.BatchApi(contactApi),
    contactSearch: new contacts.SearchApi(contactApi),
    companyBatches: new companies.BatchApi(companyApi),
    companySearch: new companies.SearchApi(companyApi),
    properties: new properties.CoreApi(configured(properties, call)),
    owners: new owners.OwnersApi(configured(owners, call)),
    associations: new associations.BasicApi(associationApi),
    associationBatches: new associations.BatchApi(associationApi),
    meetings: new meetings.BasicApi(meetingApi),
    meetingBatches: new meetings.BatchApi(meetingApi),
    notes: new notes.BasicApi(noteApi),
    noteBatches: new notes.BatchApi(noteApi),
    timelineEvents: new timeline.EventsApi(configured(timeline, call)),
  };
}

/** One generated package of the SDK: all have the same parts, each its own copy of them. */
type Generated<Configuration> = {
  createConfiguration(parameters: never): Configuration;
  ServerConfiguration: new (url: string, variables: Record<string, string>) => unknown;
};

function configured<Configuration>(generated: Generated<Configuration>, call: Call): Configuration {
  const parameters = {
    baseServer: new generated.ServerConfiguration(call.url, {}),
    httpApi: httpLibrary(call),
    authMethods: { oauth2: { accessToken: call.accessToken } },
  };
  return generated.createConfiguration(parameters as never);
}

/** The SDK's way onto the wire. The copies of these classes in its packages are alike, so those of one stand for all. */
const httpLibrary = ({ signal, timeoutMs }: Call): contacts.HttpLibrary => ({
  send: request => {
    const body = request.getBody();
    if (body !== undefined && typeof body !== 'string') throw new TypeError('only text bodies are sent to HubSpot');
    const call = {
      method: request.getHttpMethod() as 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
      url: request.getUrl(),
      headers: request.getHeaders(),
      body,
      signal,
      timeoutMs,
    };
    const answered = ask(call).then(({ answer: { status, headers, body } }) => {
      const part = { text: async () => body, binary: async () => Buffer.from(body) };
      return new contacts.ResponseContext(status, { 'content-type': 'application/json', ...headers }, part);
    });
    return new contacts.Observable<contacts.ResponseContext>(answered);
  },
});
