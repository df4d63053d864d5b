import type { Connection } from 'jsforce';
import { DateTime } from 'luxon';
import { type ActionContext, defineAction, StepError } from '../../../src/sdk/index.ts';
import type { SalesforceClient } from '../client.ts';
import { classify } from '../errors.ts';
import { findWho } from '../people.ts';
import { outputOf, subjectAsked, type TaskInput, type TaskOutput, taskInput, taskOutput } from '../task.ts';
import { describe, subjectLine } from '../task-text.ts';
import { findTasks } from './find-tasks.ts';

const ourNames: Record<string, string> = {
  Subject: 'subject',
  Description: 'description',
  OwnerId: 'ownerId',
  ActivityDate: 'dueInDays',
  Status: 'status',
  Priority: 'priority',
  Type: 'type',
};

export const createTask = defineAction<TaskInput, TaskOutput, SalesforceClient>({
  id: 'salesforce.create_task',
  title: 'Create a Salesforce task',
  description: 'A task on the person’s Contact or Lead, with the transcript.',
  input: taskInput,
  output: taskOutput,
  fits: {},
  defaults: { description: "{{ conversation.transcript | default: '' }}", status: 'Not Started', priority: 'Normal' },
  replay: { findMany: findTasks, graceSeconds: 10 },
  async run(context, input) {
    const connection = context.client.connection(context.signal);
    const record = { ...(await whoField(connection, context, input)), ...taskFields(context, input) };
    try {
      const saved = await connection.sobject('Task').create(record);
      if (!saved.success) throw new StepError('uncertain', 'Salesforce answered without the id of the new task.');
      return outputOf(context.client.instanceUrl, { Id: saved.id, WhoId: record.WhoId });
    } catch (error) {
      throw inOurWords(classify(error));
    }
  },
});

type TaskContext = ActionContext<SalesforceClient>;

async function whoField(connection: Connection, context: TaskContext, input: TaskInput): Promise<{ WhoId?: string }> {
  if (input.fields && 'WhoId' in input.fields) {
    context.note('WhoId is the one that the step names under `fields`.');
    return {};
  }
  const who = await findWho(connection, context.facts);
  context.note(who.why);
  return 'id' in who ? { WhoId: who.id } : {};
}

function taskFields(context: TaskContext, input: TaskInput) {
  const { Subject, Description, ...others } = input.fields ?? {};
  const asked = subjectAsked(input);
  const subject = subjectLine(asked);
  if (subject.endsWith('…') && subject.length < asked.length)
    context.note('The subject was longer than 255 characters and was cut.');
  const text = String(Description ?? input.description ?? '');
  const description = describe(text, context.stepKey);
  if (!description.startsWith(text.trimEnd()))
    context.note('The description was longer than 32,000 characters and was cut.');
  return {
    ...(input.ownerId && { OwnerId: input.ownerId }),
    ...(input.dueInDays !== undefined && { ActivityDate: dueDate(context, input.dueInDays) }),
    ...(input.status && { Status: input.status }),
    ...(input.priority && { Priority: input.priority }),
    ...(input.type && { Type: input.type }),
    ...others,
    Subject: subject,
    Description: description,
  };
}

/** The day so many days after today, where today is that of the connected user's time zone, else UTC's. */
function dueDate(context: TaskContext, days: number): string {
  const zone = context.account?.details?.timeZone;
  const local = DateTime.fromMillis(context.now(), { zone: zone ?? 'utc' });
  const now = local.isValid ? local : DateTime.fromMillis(context.now(), { zone: 'utc' });
  if (!zone || !local.isValid)
    context.note('The time zone of the org’s user is not known: the due date is counted in UTC.');
  return now.plus({ days }).toFormat('yyyy-MM-dd');
}

function inOurWords(error: StepError): StepError {
  const { field } = error.details;
  if (!field) return error;
  return new StepError(error.kind, error.message, { ...error.details, field: ourNames[field] ?? `fields.${field}` });
}
