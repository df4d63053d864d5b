import { StepError } from '../../src/sdk/index.ts';
import type { BatchContext } from './batch.ts';
import { described, doubt } from './described.ts';

type Kind = keyof typeof places;

const places = {
  list: { path: '/rest/v1/lists.json', field: 'listId', word: 'static list' },
  program: { path: '/rest/asset/v1/program/byName.json', field: 'programId', word: 'program' },
};

/**
 * The id of a static list or a program, which a step names by its id or by its exact name.
 * @throws StepError `rejected` where Marketo has none of that name, or several
 */
export async function idOf({ client, signal, now }: BatchContext, kind: Kind, idOrName: string): Promise<number> {
  const asked = idOrName.trim();
  if (/^\d{1,10}$/.test(asked)) return Number(asked);
  const { path, field, word } = places[kind];
  return described({ base: client.base, question: question(kind, asked), now: now() }, async () => {
    const { result } = await client.read({ path, query: { name: asked }, signal });
    const [one, ...more] = result.filter(({ name }) => name === asked);
    if (one && more.length === 0) return Number(one.id);
    const why = one ? `${more.length + 1} ${word}s of this name; enter the id of one` : `no ${word} of this name`;
    throw new StepError('rejected', `Marketo has ${why}: “${asked}”.`, { field });
  });
}

const question = (kind: Kind, asked: string) => `${kind} ${asked}`;

/** What was found under a name is gone: the next step looks again. */
export const forgetId = ({ client }: Pick<BatchContext, 'client'>, kind: Kind, idOrName: string): void =>
  doubt(client.base, question(kind, idOrName.trim()));
