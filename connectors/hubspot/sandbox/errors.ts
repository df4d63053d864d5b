import { randomUUID } from 'node:crypto';

type Detail = { message: string; code?: string; in?: string; context?: Record<string, string[]> };
type More = {
  category: string;
  errors?: Detail[];
  context?: Record<string, string[]>;
  links?: Record<string, string>;
  /** Rate limits alone. */
  errorType?: string;
  policyName?: string;
};

/** A refusal of the CRM's APIs: `{status: "error", message, correlationId, category, …}`. */
export class HubSpotError extends Error {
  readonly status: number;
  readonly more: More;
  constructor(status: number, message: string, more: More) {
    super(message);
    this.name = 'HubSpotError';
    this.status = status;
    this.more = more;
  }
  body(correlationId: string) {
    return { status: 'error', message: this.message, correlationId, ...this.more };
  }
}

export const newCorrelationId = (): string => randomUUID();

export const invalid = (message: string, errors: Detail[] = []): HubSpotError =>
  new HubSpotError(400, message, { category: 'VALIDATION_ERROR', ...(errors.length > 0 && { errors }) });

export const notFound = (message = 'resource not found'): HubSpotError =>
  new HubSpotError(404, message, { category: 'OBJECT_NOT_FOUND' });

export const conflict = (id: string): HubSpotError =>
  new HubSpotError(409, `Contact already exists. Existing ID: ${id}`, { category: 'CONFLICT' });

export const missingScopes = (scopes: string[]): HubSpotError =>
  new HubSpotError(
    403,
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    {
      category: 'MISSING_SCOPES',
      errors: [
        {
          message: 'One or more of the following scopes are required.',
          context: { requiredGranularScopes: scopes },
        },
      ],
      links: { scopes: 'https://developers.hubspot.com/scopes' },
    },
  );

const limited = (message: string, policyName?: string): HubSpotError =>
  new HubSpotError(429, message, {
    category: 'RATE_LIMITS',
    errorType: 'RATE_LIMIT',
    ...(policyName !== undefined && { policyName }),
  });
export const tenSecondlyLimit = () =>
  limited('You have reached your ten_secondly_rolling limit.', 'TEN_SECONDLY_ROLLING');
export const dailyLimit = () => limited('You have reached your daily limit.', 'DAILY');
/** The search's own limit names no policy. */
export const searchLimit = () => limited('You have reached your secondly limit.');
