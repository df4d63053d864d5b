import * as z from 'zod';
import type { FieldDescription } from '../../src/sdk/index.ts';
import type { MarketoClient } from './client.ts';
import { defaultMapping, isOurs } from './mapping.ts';

const described = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      displayName: z.string(),
      dataType: z.string(),
      length: z.number().optional(),
      updateable: z.boolean(),
    }),
  ),
});

/** Marketo's words for types, where the hub has another word for the same. */
const types: Record<string, string> = { score: 'integer' };

/** People, whose fields an admin maps. The e-mail is written by the push itself. */
export const mappable = {
  objects: [{ name: 'Lead', label: 'Person', defaults: defaultMapping }],
  /** The fields that can be written, by label. Asks the instance now. */
  async describe(call: { client: MarketoClient; signal: AbortSignal }): Promise<FieldDescription[]> {
    const { result } = await call.client.read({ path: '/rest/v1/leads/describe2.json', signal: call.signal });
    const { fields } = described.parse(result[0]);
    return fields
      .filter(({ name, updateable }) => updateable && !isOurs(name))
      .map(({ name, displayName, dataType, length }) => ({
        name,
        label: displayName,
        type: types[dataType] ?? dataType,
        required: false,
        creatable: true,
        updatable: true,
        ...(length && /^(string|text|email|phone|url)$/.test(dataType) && { maxLength: length }),
      }))
      .sort((one, other) => one.label.localeCompare(other.label, 'en'));
  },
};
