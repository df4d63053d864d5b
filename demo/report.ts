import Table from 'cli-table3';
import type { Arrived } from './arrived.ts';
import { type Comparison, isGood, type Line, type PlaceLine } from './compare.ts';
import { cutTo, indented, type Screen, WIDTH } from './screen.ts';

const MOST_DIFFERENCES = 8;
const MOST_DESCRIPTION_LINES = 8;
const style = { head: [], border: [], compact: true };

/** Prints what was expected and what came: trigger pairs, vendors, and by name whatever differs. */
export function printComparison(screen: Screen, { pairs, places }: Comparison): void {
  const started = new Table({ head: ['Trigger', 'Timing', 'Expected', 'Started', ''], style });
  for (const pair of pairs)
    started.push([pair.trigger, pair.timing, number(pair.expected), number(pair.arrived), mark(screen, pair)]);
  screen.say(`\n${screen.paint('bold', 'What started')}\n${started}`);
  printDifferences(
    screen,
    pairs.map(pair => ({ ...pair, name: `${pair.trigger} ${pair.timing}` })),
  );
  printPlaces(screen, 'What arrived', places);
}

/** Prints what was expected at each place and what is there, and by name whatever differs. */
export function printPlaces(screen: Screen, title: string, places: PlaceLine[]): void {
  const there = new Table({ head: ['Where', 'What', 'Expected', 'Arrived', ''], style });
  for (const line of places)
    there.push([line.place, line.what, number(line.expected), number(line.arrived), mark(screen, line)]);
  screen.say(`\n${screen.paint('bold', title)}\n${there}`);
  printDifferences(
    screen,
    places.map(line => ({ ...line, name: `${line.place}, ${line.what}` })),
  );
}

const mark = (screen: Screen, line: Line) => (isGood(line) ? screen.paint('green', '✔') : screen.paint('red', '✘'));
const number = (content: number) => ({ hAlign: 'right' as const, content });

function printDifferences(screen: Screen, lines: (Line & { name: string })[]): void {
  for (const { name, differences } of lines.filter(line => !isGood(line))) {
    screen.say(`\n${screen.paint('red', '✘')} ${name}`);
    for (const difference of differences.slice(0, MOST_DIFFERENCES)) screen.say(indented(difference, 4));
    if (differences.length > MOST_DIFFERENCES) screen.say(`    and ${differences.length - MOST_DIFFERENCES} more`);
  }
}

/** Prints a few records as a person reads them at the vendor: a task on a known person, one without, an alert of each channel. */
export function printRecords(screen: Screen, { tasks, alerts }: Arrived): void {
  const known = tasks.find(({ who, description }) => who && description.split('\n').length > MOST_DESCRIPTION_LINES);
  const unknown = tasks.find(({ who }) => !who);
  screen.say(`\n${screen.paint('bold', 'A few of them, as people read them there')}`);
  for (const { subject, who, whoName, details, description } of [known, unknown].flatMap(task => task ?? [])) {
    const whom = who ? `${who.type} ${whoName} (${who.email})` : 'nobody that Salesforce knows';
    printRecord(screen, `Salesforce task: ${subject}`, [whom, details, ...description.split('\n')]);
  }
  const channels = Map.groupBy(alerts, ({ channel }) => channel);
  for (const [channel, [alert]] of [...channels].sort().slice(0, 2)) {
    if (alert)
      printRecord(screen, `Slack ${channel}: ${alert.title}`, [...alert.message.split('\n'), ...alert.context]);
  }
}

/** Prints a record as a title and its first lines. */
export function printRecord(screen: Screen, title: string, lines: string[]): void {
  screen.say(`\n  ${cutTo(title, WIDTH - 2)}`);
  for (const line of lines.slice(0, MOST_DESCRIPTION_LINES))
    screen.say(`  ${screen.paint('dim', '│')} ${cutTo(line, WIDTH - 4)}`);
  if (lines.length > MOST_DESCRIPTION_LINES)
    screen.say(`  ${screen.paint('dim', `│ … and ${lines.length - MOST_DESCRIPTION_LINES} more lines`)}`);
}
