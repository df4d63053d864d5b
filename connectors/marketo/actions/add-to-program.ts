import * as z from 'zod';
import { type BatchItem, defineAction, manyAtOnce, StepError } from '../../../src/sdk/index.ts';
import { type BatchContext, MOST_RECORDS, outcomesOf } from '../batch.ts';
import type { MarketoClient } from '../client.ts';
import { classify } from '../errors.ts';
import { forgetId, idOf } from '../named.ts';
import { forPeople, type PersonStep } from '../people-steps.ts';

const input = z.strictObject({
  programId: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Program', description: 'Its id (the number in PG1001A1) or its exact name' }),
  status: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Program status', description: 'One that the program’s channel has, e.g. Engaged' }),
});
type Input = z.infer<typeof input>;
const output = z.object({
  programId: z.string(),
  leadId: z.string(),
  status: z.string(),
  changed: z.boolean().meta({ description: 'false: the person was in this status, or past it, already' }),
});
type Output = z.infer<typeof output>;

export const addToProgram = defineAction<Input, Output, MarketoClient>({
  id: 'marketo.add_to_program',
  title: 'Add to a Marketo program',
  description:
    'Makes the person of the last push a member of a program, with a status; a member’s status is moved forward.',
  input,
  output,
  fits: {},
  needsPush: true,
  // A status only moves forward: what is in it or past it already is passed over by Marketo.
  replay: 'safe',
  ...manyAtOnce(MOST_RECORDS, addAll, ({ programId, status }) => JSON.stringify([programId.trim(), status])),
});

async function addAll(context: BatchContext, items: BatchItem<Input>[]): Promise<(Output | StepError)[]> {
  return forPeople(items, async people => {
    const { programId: asked, status } = items[0]!.input;
    const programId = await idOf(context, 'program', asked);
    const ids = [...new Set(people.map(({ leadId }) => leadId))];
    const answer = await context.client
      .write({
        path: `/rest/v1/programs/${programId}/members/status.json`,
        body: { statusName: status, input: ids.map(leadId => ({ leadId })) },
        signal: context.signal,
      })
      .catch(error => {
        const failure = classify(error);
        if (failure.details.vendorCode === '1013') forgetId(context, 'program', asked);
        throw named(failure);
      });
    const outcomes = new Map(outcomesOf(answer, ids.length).map((outcome, index) => [ids[index]!, outcome]));
    const shown = { programId: String(programId), status };
    return people.map(person => resultOf(person, outcomes.get(person.leadId)!, shown));
  });
}

type Outcome = ReturnType<typeof outcomesOf>[number];

function resultOf(
  { item, leadId }: PersonStep<Input>,
  outcome: Outcome,
  shown: Pick<Output, 'programId' | 'status'>,
): Output | StepError {
  if (!('error' in outcome)) return { ...shown, leadId: String(leadId), changed: true };
  if (outcome.reason.code !== '1037') return named(outcome.error);
  item.note(`The person is in the status ${shown.status}, or past it, already; nothing was changed.`);
  return { ...shown, leadId: String(leadId), changed: false };
}

const fields: Record<string, string> = { '1025': 'status', '1013': 'programId' };

/** The same refusal, with the input that it is about. */
function named(error: StepError): StepError {
  const field = fields[error.details.vendorCode ?? ''];
  return field ? new StepError(error.kind, error.message, { ...error.details, field }) : error;
}
