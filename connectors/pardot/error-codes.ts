import type { StepError } from '../../src/sdk/index.ts';

/** What one error code means for a step. `lost`: it may have been applied, where it was a write. */
export type Meaning = {
  kind: StepError['kind'] | 'lost';
  advice: string;
  park?: boolean;
  schemaDrift?: boolean;
  retryAfterMs?: number;
};

const MINUTE = 60_000;
const rejected = (advice: string): Meaning => ({ kind: 'rejected', advice });
const forbidden = (advice: string): Meaning => ({ kind: 'forbidden', advice });
const parked = (advice: string): Meaning => ({ kind: 'forbidden', advice, park: true });
const lost = (advice: string): Meaning => ({ kind: 'lost', advice });

const reconnect: Meaning = {
  kind: 'unauthorized',
  advice:
    'Connect it again as a user who is synced to this business unit, through an app that has the scope pardot_api.',
};
const abilities = forbidden('Give the connected user’s role in Account Engagement the ability that this needs.');
const wrongFields: Meaning = {
  kind: 'rejected',
  advice: 'Check the API names of the mapped fields; one may have been renamed or deleted.',
  schemaDrift: true,
};
const gone = rejected('It was deleted, or never was in this business unit. Choose another one.');
const inBin = rejected('Restore it from the recycle bin in Account Engagement, or choose another one.');
const noSuchList = rejected('Choose a list of this business unit.');
const incomplete = rejected('Map a value to each field that this business unit requires.');
const emailTaken = rejected('Another prospect has this e-mail address.');
const wrongValue = rejected('Correct the value that is mapped, or map another field.');
const wrongUnit = parked(
  'Connect it again with --option businessUnit=… of an active business unit, and the environment that it is in.',
);
const malformed = rejected('Account Engagement cannot read the request. Please report it.');

/**
 * By code. Source: the error codes of the Account Engagement API, which its versions 3 to 5 share; those of imports, exports, e-mails,
 * opportunities and users, which nothing here calls, are left to the vendor's own words.
 */
export const meanings: Record<number, Meaning> = {
  66: {
    kind: 'throttled',
    advice: 'It takes five calls at once, from all integrations together; it goes on shortly.',
    retryAfterMs: MINUTE / 2,
  },
  122: {
    kind: 'throttled',
    advice: 'The day’s API calls of this business unit are used up. It goes on when the vendor’s day begins anew.',
    retryAfterMs: 30 * MINUTE,
  },
  202: { kind: 'throttled', advice: 'It goes on in a minute.', retryAfterMs: MINUTE },

  1: reconnect,
  15: reconnect,
  184: reconnect,
  199: reconnect,
  126: reconnect,

  46: abilities,
  49: abilities,
  96: abilities,
  53: parked('Put the hub’s IP address on the allowed list.'),
  76: parked('API access is switched off for this account. Ask its support to switch it on.'),
  131: parked('The user is locked after too many failed logins. Reset the password.'),
  203: parked('Account Engagement needs a user with the default admin role. Appoint one.'),
  181: wrongUnit,
  182: wrongUnit,
  201: wrongUnit,

  62: { kind: 'transient', advice: 'Somebody else changes it at this moment; it is tried again.' },
  85: { kind: 'transient', advice: 'It was not saved; it is tried again.' },
  183: lost('Its own systems failed.'),
  214: lost('It took too long.'),

  3: gone,
  92: gone,
  109: gone,
  192: gone,
  242: gone,
  132: inBin,
  219: inBin,
  55: noSuchList,
  236: noSuchList,
  58: rejected('The prospect is on that list already.'),
  4: rejected('Correct the e-mail address.'),
  9: emailTaken,
  54: emailTaken,
  10: rejected('Choose a user of this business unit.'),
  38: rejected('Choose a campaign of this business unit.'),
  39: rejected('Choose a profile of this business unit.'),
  61: rejected('Choose a prospect account of this business unit.'),
  67: rejected('The business unit has as many of these as it may have. Delete some, or buy more.'),
  29: wrongValue,
  50: wrongValue,
  51: wrongValue,
  52: wrongValue,
  56: wrongValue,
  57: wrongValue,
  137: wrongValue,
  138: wrongValue,
  139: wrongValue,
  154: wrongValue,
  13: incomplete,
  36: incomplete,
  153: incomplete,
  130: wrongFields,
  180: wrongFields,
  224: wrongFields,
  60: malformed,
  71: malformed,
  150: malformed,
  151: malformed,
  152: malformed,
  166: malformed,
  205: malformed,
  206: malformed,
  207: malformed,
  208: malformed,
};

/** The code with which a prospect is on a list already. */
export const ALREADY_A_MEMBER = 58;
