import { AuthorizationResponseError, ResponseBodyError } from 'oauth4webapi';
import { StepError } from '../../src/sdk/index.ts';

const dead = /^(invalid_grant|inactive_user|inactive_org)$/;

/**
 * Why Salesforce gave no token: a dead grant is `unauthorized`, an app that it does not accept is `forbidden` and waits for the
 * operator, and an outage is `transient`.
 */
export function refusedGrant(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof AuthorizationResponseError)
    return new StepError('rejected', 'Access was not allowed at Salesforce.', { vendorCode: error.error });
  if (!(error instanceof ResponseBodyError) || error.status >= 500 || error.status === 429 || busy(error.error))
    return new StepError('transient', 'Salesforce gave no usable answer to the request for a token.');
  const details = { vendorCode: error.error, vendorMessage: error.error_description?.slice(0, 300) };
  const said = [details.vendorMessage, `(${error.error})`].filter(Boolean).join(' ');
  if (dead.test(error.error))
    return new StepError(
      'unauthorized',
      `Salesforce has withdrawn the access: ${said}. Connect Account Engagement again.`,
      details,
    );
  return new StepError(
    'forbidden',
    `Salesforce does not accept this app: ${said}. Check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET, and that the app allows this callback.`,
    { ...details, park: true },
  );
}

const busy = (code: string): boolean => code === 'server_error' || code === 'temporarily_unavailable';
