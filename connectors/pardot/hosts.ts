import { type ConnectorSettings, StepError } from '../../src/sdk/index.ts';

const salesforceHost = /^([a-z0-9-]+\.)+(salesforce\.com|force\.com|salesforce\.mil)$/i;
// Sandboxes, scratch orgs and Developer Edition orgs, by how their My Domain hosts are made.
const demoHost = /--|\.(sandbox|scratch|develop)\.my\.salesforce\./i;

/** Where business units of sandboxes and of developer orgs answer; those of production are at PARDOT_API_URL. */
const DEMO_API_URL = 'https://pi.demo.pardot.com';
const wrongHost = 'The My Domain host must be one of Salesforce, such as acme.my.salesforce.com.';

export const isSalesforceHost = (host: string): boolean => salesforceHost.test(host);

/** Production's sign-in page, or what stands in for it. */
const productionLogin = (settings: ConnectorSettings): string =>
  (settings.PARDOT_LOGIN_URL ?? settings.SALESFORCE_LOGIN_URL ?? 'https://login.salesforce.com').replace(/\/$/, '');

/** Where this connection signs in. @throws StepError `rejected` for a host that is not Salesforce's */
export function loginUrl(settings: ConnectorSettings, { environment, host }: Record<string, string>): string {
  if (environment === 'sandbox') return 'https://test.salesforce.com';
  if (environment !== 'custom') return productionLogin(settings);
  if (host && isSalesforceHost(host)) return `https://${host}`;
  throw new StepError('rejected', wrongHost, { field: 'host' });
}

/** The API of an org that is no production org; undefined where PARDOT_API_URL is the one. */
export function demoApiUrl({ environment, host = '' }: Record<string, string>): string | undefined {
  if (environment === 'sandbox' || environment === 'developer') return DEMO_API_URL;
  return environment === 'custom' && demoHost.test(host) ? DEMO_API_URL : undefined;
}

/** The token goes to this address, too, so it must be Salesforce's own, or the configured stand-in's. */
export function trustedInstance(instanceUrl: unknown, settings: ConnectorSettings): string {
  const { protocol, hostname = '', origin } = (typeof instanceUrl === 'string' && URL.parse(instanceUrl)) || {};
  const standIn = URL.parse(productionLogin(settings))?.origin;
  if (origin && (origin === standIn || (protocol === 'https:' && isSalesforceHost(hostname))))
    return String(instanceUrl).replace(/\/$/, '');
  throw new StepError(
    'rejected',
    'Salesforce named an address for this org that is not one of its own; nothing was kept.',
  );
}
