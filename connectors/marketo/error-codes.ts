import type { StepError } from '../../src/sdk/index.ts';

/** What one error code of Marketo means for a step: its kind, what a person can do, and whether the step waits for that person. */
export type Meaning = { kind: StepError['kind']; advice: string; park?: boolean };

const rejected = (advice: string): Meaning => ({ kind: 'rejected', advice });
const parked = (advice: string): Meaning => ({ kind: 'forbidden', advice, park: true });

const reconnect: Meaning = { kind: 'unauthorized', advice: 'If this stays, connect Marketo again.' };
const busy: Meaning = { kind: 'transient', advice: 'Nothing was done; it is tried again.' };
const ours = rejected('The hub’s own call does not fit. Please report it.');
const value = rejected('Change the value, or the mapping that brings it.');
const field = rejected(
  'Check the field’s REST name under Admin, Field Management, and take it out of the mapping if it is gone.',
);

/**
 * By error code, of a whole call (6xx, 7xx) and of one record (1xxx). The rates 606, 607 and 615 are told apart in errors.ts.
 * Source: https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/error-codes
 */
export const meanings: Record<string, Meaning> = {
  '600': reconnect,
  '601': reconnect,
  '602': reconnect,
  '603': parked(
    'Give the role of the API-only user the permission for it in every workspace concerned, or add the hub to the allowlist for API access.',
  ),
  '604': busy,
  '605': ours,
  '608': busy,
  '609': ours,
  '610': rejected('Check the base URL of the connection and the ids in the step: Marketo knows no such address.'),
  '611': busy,
  '612': ours,
  '613': ours,
  '614': busy,
  '616': parked('This Marketo subscription does not include it.'),
  '701': value,
  '702': rejected('Check what the step names: Marketo found nothing by it.'),
  '703': parked('This Marketo subscription does not have the feature. Have it switched on, then run again.'),
  '704': rejected('Correct the date.'),
  '709': rejected('A rule of this Marketo instance refuses it. Ask whoever keeps the instance.'),
  '713': busy,
  '719': busy,

  '1001': value,
  '1002': rejected('Fill what is missing.'),
  '1003': value,
  '1004': rejected(
    'The person was deleted in Marketo, or merged into another. Push the person again before this step.',
  ),
  '1005': rejected('The person is there already.'),
  '1006': field,
  '1007': rejected(
    'Marketo changes none of several people with one e-mail. Merge them there (Database, Possible Duplicates), then run the step again.',
  ),
  '1008': parked(
    'Check the name of the partition, and that the API-only user may use a workspace that has it; then run again.',
  ),
  '1009': rejected('Name the partition in the connection: this instance has several.'),
  '1010': rejected('The person is in another partition, and the step may not move people. Change the partition.'),
  '1011': field,
  '1013': rejected('Check the id in the step: this Marketo instance has nothing of that id.'),
  '1018': rejected('The field belongs to the CRM that this instance is synchronised with. Take it out of the mapping.'),
  '1021': rejected(
    'The company of this person is kept elsewhere (a CRM). Map the company with the rule “if blank”, or not at all.',
  ),
  '1025': rejected('Choose one of the statuses that the channel of this program has.'),
  '1036': rejected('The same person stood twice in one call. Run the step again.'),
  '1049': rejected('The attributes are too long: Marketo takes 65,536 bytes. Shorten them.'),
};

/** With these Marketo says that a field is not as it was described. */
export const isSchemaDrift = (code: string | undefined): boolean => code === '1006' || code === '1011';
