import { defineAction, manyAtOnce, StepError } from '../../../src/sdk/index.ts';
import { createActivities } from '../activity.ts';
import { MOST_IN_ONE_CALL } from '../batch.ts';
import type { SalesforceClient } from '../client.ts';
import { findActivities } from '../find-activities.ts';
import { type TaskInput, type TaskOutput, taskInput, taskKind, taskOutput, taskShown } from '../task.ts';

export const createTask = defineAction<TaskInput, TaskOutput, SalesforceClient>({
  id: 'salesforce.create_task',
  title: 'Create a Salesforce task',
  description: 'A task on the person’s Contact or Lead, with the transcript.',
  input: taskInput,
  output: taskOutput,
  fits: {},
  defaults: { description: "{{ conversation.transcript | default: '' }}", status: 'Not Started', priority: 'Normal' },
  replay: {
    graceSeconds: 10,
    async findMany(context, items) {
      const found = await findActivities(context, 'Task', items);
      return found.map(task => task && taskShown(context.client.instanceUrl, task));
    },
  },
  ...manyAtOnce(MOST_IN_ONE_CALL, async (context, items) => {
    const created = await createActivities(taskKind, context, items);
    return created.map(task => (task instanceof StepError ? task : taskShown(context.client.instanceUrl, task)));
  }),
});
