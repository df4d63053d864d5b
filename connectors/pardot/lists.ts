import { type PickList, StepError } from '../../src/sdk/index.ts';
import type { PardotClient } from './client.ts';
import { page, valuesOf } from './pages.ts';

type Asking = { client: PardotClient; signal: AbortSignal };
export type List = { id: number; name: string };

const FIELDS = 'id,name,isDynamic';

/**
 * The static list that an admin named by id or by its exact name.
 * @throws StepError `rejected` where there is none, several have the name, or the list is dynamic: its rules alone fill it
 */
export async function findList(asking: Asking, named: string): Promise<List> {
  const found = /^\d+$/.test(named) ? [await listById(asking, named)] : await listsByName(asking, named);
  const [list, ...others] = found;
  if (!list) throw wrong(`No list of this business unit is called “${named}”. Choose one of its lists.`);
  if (others.length > 0)
    throw wrong(
      `${found.length} lists are called “${named}” (${found.map(({ id }) => id).join(', ')}). Name the one that is meant by its id.`,
    );
  if (list.isDynamic === true)
    throw wrong(`“${list.name}” is a dynamic list: its rules decide who is on it. Choose a static list.`);
  return { id: list.id, name: String(list.name ?? list.id) };
}

const wrong = (sentence: string) => new StepError('rejected', sentence, { field: 'listId' });

async function listById({ client, signal }: Asking, id: string) {
  const { body } = await client.call({ method: 'GET', path: `lists/${id}`, query: { fields: FIELDS }, signal });
  return { ...body, id: Number(body.id) } as Record<string, unknown> & { id: number };
}

async function listsByName({ client, signal }: Asking, name: string) {
  const { body } = await client.call({ method: 'GET', path: 'lists', query: { fields: FIELDS, name }, signal });
  return valuesOf(body).filter(list => list.name === name);
}

/** Static lists, a page of the business unit's lists at a time: names are searched here, so a page may have few matches and a `next`. */
export const lists: PickList<PardotClient> = async (asking, { search = '', after }) => {
  const { values, next } = await page(asking, 'lists', { fields: FIELDS }, after);
  const wanted = search.trim().toLowerCase();
  const options = values
    .filter(({ isDynamic, name }) => isDynamic !== true && String(name).toLowerCase().includes(wanted))
    .map(({ id, name }) => ({ value: String(id), label: String(name) }));
  return { options, ...(next && { next }) };
};
