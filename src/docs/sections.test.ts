import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventTypes } from '../model/event.ts';
import { fillSections, table } from './markdown.ts';
import { sections } from './sections.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const written = readdirSync(docs)
  .filter(name => name.endsWith('.md'))
  .map(name => [name, readFileSync(path.join(docs, name), 'utf8')] as const);

test.each(written)(
  'the generated parts of docs/%s say what the code does (npm run generate writes them anew)',
  (_, text) => {
    expect(text).toBe(fillSections(text, sections()));
  },
);

test('every section that is made has a place in the docs', () => {
  const all = written.map(([, text]) => text).join();
  expect(Object.keys(sections()).filter(name => !all.includes(`<!-- generated: ${name} -->`))).toEqual([]);
});

test('a place is filled anew and the text around it stays', () => {
  const text = 'before\n<!-- generated: a -->\nold\n<!-- /generated -->\nafter\n';
  expect(fillSections(text, { a: 'new $1' })).toBe(
    'before\n<!-- generated: a -->\n\nnew $1\n\n<!-- /generated -->\nafter\n',
  );
});

test('a place for a section that there is not is an error that names it', () => {
  expect(() => fillSections('<!-- generated: constructor -->\n<!-- /generated -->', { a: '' })).toThrow(
    'No section is called constructor; there are: a.',
  );
});

test('a table has columns of one width, and a bar in a cell does not end it', () => {
  expect(table(['a', 'b'], [['x|y', 'z\nz']])).toBe('| a    | b   |\n| ---- | --- |\n| x\\|y | z z |');
});

describe('the sections', () => {
  const rowOf = (section: string, first: string) =>
    sections()
      [section]!.split('\n')
      .find(line => line.startsWith(`| \`${first}\` `))
      ?.replace(/ +/g, ' ');

  it('have a row for every event type, with what it needs, what it may have and which values it takes', () => {
    expect(eventTypes.filter(type => !rowOf('event-types', type))).toEqual([]);
    expect(rowOf('event-types', 'chat.requested')).toBe(
      '| `chat.requested` | `requestId`, `requestedBy` (`visitor` `ai_profile`) |',
    );
    expect(rowOf('event-types', 'meeting.rescheduled')).toContain('`meetingId`, `startTime?` (time)');
  });

  it('say what starts a trigger, in the words that a session is explained with', () => {
    expect(rowOf('triggers', 'pounce_sent')).toBe(
      "| `pounce_sent` | `immediately` | a rep's pounce was sent | pounce |",
    );
  });

  it('list what has been listed before only once', () => {
    expect(rowOf('variables', 'session.lastPage')).toContain('it has what `session.pageViews[0]` has');
    expect(rowOf('variables', 'session.lastPage.url')).toBeUndefined();
  });
});
