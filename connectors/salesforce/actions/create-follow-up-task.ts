import * as z from 'zod';
import {
  defineAction,
  type FollowUpTaskInput,
  followUpTaskInput,
  manyAtOnce,
  StepError,
} from '../../../src/sdk/index.ts';
import { createActivities } from '../activity.ts';
import { MOST_IN_ONE_CALL } from '../batch.ts';
import type { SalesforceClient } from '../client.ts';
import { findActivities } from '../find-activities.ts';
import { pushedPerson, type Who } from '../people.ts';
import { findRecords } from '../records.ts';
import { taskKind } from '../task.ts';

const output = z.object({ recordId: z.string(), url: z.string().optional() });
type FollowUpTaskOutput = z.infer<typeof output>;

const shown = ({ instanceUrl }: SalesforceClient, id: string): FollowUpTaskOutput => ({
  recordId: id,
  url: `${instanceUrl}/${id}`,
});

/** The task that somebody asks for in an alert: about the person that the alert is about, for whoever asked. */
export const createFollowUpTask = defineAction<FollowUpTaskInput, FollowUpTaskOutput, SalesforceClient>({
  id: 'salesforce.create_follow_up_task',
  title: 'Create a follow-up task in Salesforce',
  description: 'A task on the person’s Contact or Lead, for the user who asked for it.',
  input: followUpTaskInput,
  output,
  fits: {},
  replay: {
    graceSeconds: 10,
    async findMany(context, items) {
      const found = await findActivities(context, 'Task', items);
      return found.map(task => task && shown(context.client, task.id));
    },
  },
  ...manyAtOnce(MOST_IN_ONE_CALL, async (context, items) => {
    for (const { input, note } of items)
      if (!input.ownerEmail)
        note('The e-mail of whoever asked for it is not known: it belongs to the integration user.');
    const tasks = items.map(item => ({ ...item, input: { ...item.input, status: 'Not Started', priority: 'Normal' } }));
    const created = await createActivities(taskKind, context, tasks, findPerson);
    return created.map(task => (task instanceof StepError ? task : shown(context.client, task.id)));
  }),
});

/** An alert may have been waiting for days, so no id is believed before it is looked up. */
const findPerson: Parameters<typeof createActivities>[3] = async (connection, all) => {
  const traces = all.map(({ facts }) => {
    const pushed = pushedPerson(facts);
    return { ...(pushed && { record: pushed }), external: facts.visitor.external, email: facts.visitor.email };
  });
  const people = await findRecords(connection, traces, []);
  return people.map((person): Who | { why: string } =>
    person
      ? person
      : { why: 'No Contact and no Lead of this person was found, so no person was linked (WhoId is empty).' },
  );
};
