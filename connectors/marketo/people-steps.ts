import { type BatchItem, StepError } from '../../src/sdk/index.ts';
import { personOf } from './person.ts';

/** A step whose person is known. */
export type PersonStep<Input> = { item: BatchItem<Input>; leadId: number };

/** Does the work for the steps whose person is known; the others fail alone. Answers one result per item, in order. */
export async function forPeople<Input, Output>(
  items: BatchItem<Input>[],
  work: (people: PersonStep<Input>[]) => Promise<(Output | StepError)[]>,
): Promise<(Output | StepError)[]> {
  const found = items.map(item => {
    try {
      return { item, leadId: personOf(item.facts) };
    } catch (error) {
      if (error instanceof StepError) return error;
      throw error;
    }
  });
  const people = found.flatMap(each => (each instanceof StepError ? [] : [each]));
  const results = (people.length > 0 ? await work(people) : []).values();
  return found.map(each => (each instanceof StepError ? each : (results.next().value as Output | StepError)));
}
