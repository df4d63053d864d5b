import { HttpFailure } from '../../src/sdk/http.ts';
import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { CallFailure } from '../../src/sdk/json-call.ts';
import { type Complaint, complaintsOf, wordsOf } from './failure.ts';

const LATER_MS = 30_000;
type Meaning = { kind: StepError['kind'] | 'lost'; advice: string; park?: boolean };

/** What each requirement asks for. Source: the validation errors of Eloqua's API. */
const requirements: Record<string, string> = {
  BooleanRequirement: 'It takes true or false.',
  ContentRequirement: 'Its content is not allowed.',
  DateRequirement: 'It takes a date.',
  EmailAddressRequirement: 'It takes an e-mail address.',
  IdRequirement: 'It takes an id of this Eloqua site.',
  ImmutabilityRequirement: 'It cannot be changed once it is set.',
  IntegerRequirement: 'It takes a whole number.',
  NoDuplicatesRequirement: 'It holds something twice.',
  NotNullRequirement: 'It must not be empty.',
  RelationshipRequirement: 'It does not go together with what it refers to.',
  TextWithNoHtmlRequirement: 'It takes no HTML.',
  TextWithNoUrlRequirement: 'It takes no addresses of websites.',
  UniquenessRequirement: 'Another record has this value already.',
  UrlRequirement: 'It takes a URL.',
  ValidTextLengthRequirement: 'The text is too long, or too short.',
};

/**
 * Turns whatever a call threw into the one StepError. Eloqua has no codes: the status decides, and validation errors say which property
 * does not meet which requirement. A write whose answer was lost is `uncertain`, a read `transient`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof CallFailure) return fromFailure(error);
  return new StepError('defect', 'The Eloqua connector failed by itself. Please report it.', { cause: error });
}

function fromFailure({ facts }: CallFailure): StepError {
  const { answer, cause, write } = facts;
  if (!answer) return unanswered(write, cause);
  const [complaint] = complaintsOf(facts);
  const words = complaint ? spoken(complaint) : wordsOf(facts);
  const { kind, advice, park } = byStatus(answer.status, complaint);
  const details: StepErrorDetails = {
    vendorCode: complaint?.requirement ?? complaint?.type ?? `HTTP ${answer.status}`,
    ...(words && { vendorMessage: words }),
    ...(complaint?.name && { field: complaint.name }),
    ...(park && { park }),
    ...(kind === 'throttled' && { retryAfterMs: LATER_MS }),
  };
  const said = `Eloqua answered: ${words ? `${words} (HTTP ${answer.status})` : `HTTP ${answer.status}`}.`;
  if (kind !== 'lost') return new StepError(kind, `${said} ${advice}`, details);
  return new StepError(write ? 'uncertain' : 'transient', `${said} ${afterwards(write)}`, details);
}

const spoken = ({ type, name, requirement, value }: Complaint): string =>
  [type, name && `at ${name}`, requirement && `(${requirement})`, value && `for “${value}”`].filter(Boolean).join(' ');

const afterwards = (write: boolean): string =>
  write ? 'It may have been written; it is looked up and repeated.' : 'Nothing was written; it is tried again.';

function unanswered(write: boolean, cause: unknown): StepError {
  const failure = cause instanceof HttpFailure ? cause : undefined;
  const lost = failure?.sent !== false && write;
  return new StepError(
    lost ? 'uncertain' : 'transient',
    `Eloqua gave no answer (${failure?.code ?? 'unknown'}). ${afterwards(lost)}`,
    { vendorCode: failure?.code },
  );
}

function byStatus(status: number, complaint: Complaint | undefined): Meaning {
  const advice = (complaint?.requirement && requirements[complaint.requirement]) || 'Change the step or its data.';
  if (status >= 500 || status === 408 || status < 300) return { kind: 'lost', advice };
  // Eloqua sends whom it does not know to its sign-in page.
  if (status === 401 || status < 400) return { kind: 'unauthorized', advice: 'Connect Eloqua again.' };
  if (status === 429)
    return { kind: 'throttled', advice: 'It takes no more calls for the moment; it goes on shortly.' };
  const meaning = refusals[status];
  if (meaning) return meaning;
  return { kind: 'rejected', advice: `${advice} Then run it again.` };
}

const refusals: Record<number, Meaning> = {
  403: {
    kind: 'forbidden',
    advice: 'Give the connected user’s security group the right to it, and the API its permission to use it.',
  },
  404: { kind: 'rejected', advice: 'It was deleted, or never was on this site. Choose another one.' },
  409: { kind: 'rejected', advice: 'Another record has this name or e-mail, or others depend on this one.' },
  410: { kind: 'rejected', advice: 'It was deleted. Choose another one.' },
  412: { kind: 'rejected', advice: 'Other assets depend on it, or there is no room for it.' },
  413: {
    kind: 'forbidden',
    advice: 'The site has no storage left. Free some or buy more, then run again.',
    park: true,
  },
};
