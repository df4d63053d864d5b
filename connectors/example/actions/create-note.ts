import * as z from 'zod';
import { defineAction, type FindContext, type PendingItem } from '../../../src/sdk/index.ts';
import type { ExampleClient } from '../client.ts';

const input = z.strictObject({
  title: z.string().trim().min(1).max(120).meta({ title: 'Title', description: '120 characters at most' }),
  text: z.string().max(5_000).optional().meta({ title: 'Text', description: 'The transcript where left out' }),
});
const output = z.object({ noteId: z.string(), url: z.string() });
type NoteInput = z.infer<typeof input>;
type NoteOutput = z.infer<typeof output>;

const outputOf = (note: Record<string, unknown>): NoteOutput => ({ noteId: String(note.id), url: String(note.url) });

export const createNote = defineAction<NoteInput, NoteOutput, ExampleClient>({
  id: 'example.create_note',
  title: 'Create a note',
  description: 'A note with a title and the transcript.',
  input,
  output,
  fits: {},
  defaults: { text: "{{ conversation.transcript | default: '' }}" },
  // A second call would write a second note, so the step key goes into `reference`, and that is what is looked for.
  replay: { findMany: findNotes, graceSeconds: 5 },
  async run({ client, signal, stepKey, facts }, { title, text }) {
    const author = facts.rep?.email;
    const body = { title, text: text ?? '', reference: stepKey, ...(author && { author }) };
    return outputOf(await client.call({ method: 'POST', path: '/api/notes', body, signal }));
  },
});

async function findNotes(
  { client, signal }: FindContext<ExampleClient>,
  items: PendingItem<NoteInput>[],
): Promise<(NoteOutput | undefined)[]> {
  const references = items.map(item => item.stepKey).join(',');
  const { notes } = await client.call({ method: 'GET', path: '/api/notes', query: { references }, signal });
  const found = Array.isArray(notes) ? notes : [];
  return items.map(item => {
    const note = found.find(each => each.reference === item.stepKey);
    return note && outputOf(note);
  });
}
