import type { StepError } from '../../src/sdk/index.ts';

/** What one error code of Salesforce means for a step: its kind, what a person can do, and whether the step waits for that person. */
export type Meaning = { kind: StepError['kind']; advice: string; park?: boolean };

const rejected = (advice: string): Meaning => ({ kind: 'rejected', advice });
const forbidden = (advice: string): Meaning => ({ kind: 'forbidden', advice });
const parked = (advice: string): Meaning => ({ kind: 'forbidden', advice, park: true });

const noAccess = forbidden('Give the integration user access to this record, object or field.');
const noApi = parked(
  'Switch API access on for this org and user (Enterprise edition or newer has it), then run again.',
);
const schema = rejected(
  "Check the field's API name and that the integration user may see and edit it; it may have been renamed.",
);
const required = rejected('Fill this field in the step under `fields`, or make it optional in Salesforce.');
const badId = rejected('Check the record id in the step: it belongs to another org, another object or nothing.');
const gone = rejected('The record was deleted in Salesforce. Restore it, or point the step at another one.');
const reconnect: Meaning = { kind: 'unauthorized', advice: 'Connect Salesforce again.' };
const wrongApp = parked(
  'Check SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET, and that the External Client App allows this callback and the org.',
);
const busy: Meaning = { kind: 'transient', advice: 'It is tried again.' };

/** By error code, REST and OAuth. Source: Salesforce's REST error codes and the partner WSDL's ExceptionCode. */
export const meanings: Record<string, Meaning> = {
  INVALID_SESSION_ID: reconnect,
  INVALID_AUTH_HEADER: reconnect,
  Bad_OAuth_Token: reconnect,
  Missing_OAuth_Token: reconnect,
  Wrong_Org: reconnect,
  invalid_grant: reconnect,
  inactive_user: reconnect,
  inactive_org: reconnect,
  invalid_client: wrongApp,
  invalid_client_id: wrongApp,
  invalid_client_credentials: wrongApp,
  unauthorized_client: wrongApp,
  redirect_uri_mismatch: wrongApp,
  OAUTH_APP_ACCESS_DENIED: wrongApp,
  OAUTH_APP_BLOCKED: wrongApp,
  server_error: busy,
  temporarily_unavailable: busy,

  API_DISABLED_FOR_ORG: noApi,
  API_CURRENTLY_DISABLED: noApi,
  INSUFFICIENT_ACCESS: noAccess,
  INSUFFICIENT_ACCESS_OR_READONLY: noAccess,
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: noAccess,
  STORAGE_LIMIT_EXCEEDED: parked('The org has no storage left. Free some or buy more, then run again.'),

  NOT_FOUND: rejected('Check the record id in the step, and that the integration user may see the object.'),
  ENTITY_IS_DELETED: gone,
  INVALID_CROSS_REFERENCE_KEY: badId,
  MALFORMED_ID: badId,
  DUPLICATES_DETECTED: rejected('A duplicate rule of the org blocked it. Use the record it names, or change the rule.'),
  DUPLICATE_VALUE: rejected('Another record already has this value in a field that must be unique.'),
  FIELD_CUSTOM_VALIDATION_EXCEPTION: rejected('A validation rule of the org refused it. Change the value or the rule.'),
  REQUIRED_FIELD_MISSING: required,
  STRING_TOO_LONG: rejected('Shorten the value of this field.'),
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: rejected("Choose one of the picklist's active values, or add this one."),
  INVALID_EMAIL_ADDRESS: rejected('Correct the e-mail address.'),
  FIELD_FILTER_VALIDATION_EXCEPTION: rejected("The value does not meet this field's lookup filter."),
  INVALID_FIELD: schema,
  INVALID_FIELD_FOR_INSERT_UPDATE: schema,
  INVALID_TYPE: schema,
  INVALID_TYPE_ON_FIELD_IN_RECORD: rejected('The value has the wrong type for this field.'),
  MALFORMED_QUERY: rejected('A field or object that the step reads is not known in this org.'),
  JSON_PARSER_ERROR: rejected('A value has the wrong type for its field: text fields take text.'),
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: rejected('A trigger or flow of the org refused it. Ask whoever keeps it.'),

  UNABLE_TO_LOCK_ROW: {
    kind: 'transient',
    advice: 'Somebody else holds the record at this moment; it is tried again.',
  },
  ALL_OR_NONE_OPERATION_ROLLED_BACK: busy,
  PROCESSING_HALTED: busy,
  INVALID_QUERY_LOCATOR: {
    kind: 'transient',
    advice: 'The look-up took too long and its pages are gone; it starts again.',
  },
  QUERY_TIMEOUT: { kind: 'transient', advice: 'The look-up took too long in Salesforce; it is tried again.' },
};

/** Codes with which an org says that its schema is another one than was thought. */
export const isSchemaDrift = (code: string | undefined): boolean =>
  code !== undefined && /^(INVALID_FIELD|INVALID_FIELD_FOR_INSERT_UPDATE|INVALID_TYPE|MALFORMED_QUERY)$/.test(code);
