import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'oauth4webapi';
import { StepError } from '../../src/sdk/index.ts';

/**
 * Why Eloqua gave no token: a dead grant is `unauthorized`, an app that it does not accept is `forbidden` and waits for the operator,
 * and an outage is `transient`.
 */
export function refusedGrant(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof AuthorizationResponseError)
    return new StepError('rejected', 'Access was not allowed at Eloqua.', { vendorCode: error.error });
  if (error instanceof WWWAuthenticateChallengeError && error.status === 401) return wrongApp('invalid_client');
  if (!(error instanceof ResponseBodyError) || error.status >= 500 || error.status === 429)
    return new StepError('transient', 'Eloqua gave no usable answer to the request for a token.');
  const vendorMessage = error.error_description?.slice(0, 300);
  if (error.error === 'invalid_grant')
    return new StepError(
      'unauthorized',
      `Eloqua has withdrawn the access, or its refresh token was used before${vendorMessage ? `: ${vendorMessage}` : ''}. Connect Eloqua again.`,
      { vendorCode: error.error, vendorMessage },
    );
  return wrongApp(error.error, vendorMessage);
}

const wrongApp = (vendorCode: string, vendorMessage?: string): StepError =>
  new StepError(
    'forbidden',
    `Eloqua does not accept this app: ${[vendorMessage, `(${vendorCode})`].filter(Boolean).join(' ')}. Check ELOQUA_CLIENT_ID and ELOQUA_CLIENT_SECRET, and the app’s callback URL.`,
    { vendorCode, vendorMessage, park: true },
  );
