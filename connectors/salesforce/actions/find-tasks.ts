import { SfDate } from 'jsforce';
import type { FindContext, PendingItem } from '../../../src/sdk/index.ts';
import type { SalesforceClient } from '../client.ts';
import { soqlText } from '../people.ts';
import { outputOf, subjectAsked, type TaskInput, type TaskOutput, type TaskRecord } from '../task.ts';
import { endsWithStep, subjectLine } from '../task-text.ts';

const CLOCK_SKEW_MS = 5 * 60_000;
// Address and headers together may hold 16,384 bytes.
const SUBJECTS_MAX_BYTES = 8_000;

/**
 * The tasks that first tries left behind, in the order of the items; undefined where there is none. Description cannot be filtered in
 * SOQL, so tasks of these subjects since the first try are read, page by page, and the step key on the last line is compared here.
 */
export async function findTasks(
  { client, signal }: FindContext<SalesforceClient>,
  items: PendingItem<TaskInput>[],
): Promise<(TaskOutput | undefined)[]> {
  const connection = client.connection(signal);
  const found: TaskRecord[] = [];
  for (const part of chunks(items)) {
    const since = Math.min(...part.map(item => item.firstTriedAt)) - CLOCK_SKEW_MS;
    const tasks = connection
      .sobject('Task')
      .find({ CreatedDate: { $gte: SfDate.toDateTimeLiteral(new Date(since)) }, Subject: { $in: subjectsOf(part) } }, [
        'Id',
        'WhoId',
        'Description',
      ]);
    for (const { Id, WhoId, Description } of await tasks.autoFetch(true).maxFetch(50_000))
      found.push({ Id, WhoId: WhoId as string | null, Description: Description as string | null });
  }
  return items.map(item => {
    const task = found.find(({ Description }) => endsWithStep(Description, item.stepKey));
    return task && outputOf(client.instanceUrl, task);
  });
}

const subjectOf = (item: PendingItem<TaskInput>): string => soqlText(subjectLine(subjectAsked(item.input)));
const subjectsOf = (items: PendingItem<TaskInput>[]): string[] => [...new Set(items.map(subjectOf))];
const bytes = (subject: string): number => encodeURIComponent(subject).length + 10;

/** Items whose different subjects together fit into one address. */
function chunks(items: PendingItem<TaskInput>[]): PendingItem<TaskInput>[][] {
  const parts: PendingItem<TaskInput>[][] = [];
  for (const item of items) {
    const last = parts.at(-1);
    const size = subjectsOf([...(last ?? []), item]).reduce((sum, subject) => sum + bytes(subject), 0);
    if (last && size <= SUBJECTS_MAX_BYTES) last.push(item);
    else parts.push([item]);
  }
  return parts;
}
