import Table from 'cli-table3';
import type { Arrived } from './arrived.ts';
import { type Comparison, isGood, type Line } from './compare.ts';
import { cutTo, indented, type Screen, WIDTH } from './screen.ts';

const MOST_DIFFERENCES = 8;
const MOST_DESCRIPTION_LINES = 8;
const style = { head: [], border: [], compact: true };

/** Prints what was expected and what came: trigger pairs, vendors, and by name whatever differs. */
export function printComparison(screen: Screen, { pairs, places }: Comparison): void {
  const mark = (line: Line) => (isGood(line) ? screen.paint('green', '✔') : screen.paint('red', '✘'));
  const number = (content: number) => ({ hAlign: 'right' as const, content });
  const started = new Table({ head: ['Trigger', 'Timing', 'Expected', 'Started', ''], style });
  for (const pair of pairs)
    started.push([pair.trigger, pair.timing, number(pair.expected), number(pair.arrived), mark(pair)]);
  const there = new Table({ head: ['Where', 'What', 'Expected', 'Arrived', ''], style });
  for (const line of places)
    there.push([line.place, line.what, number(line.expected), number(line.arrived), mark(line)]);
  screen.say(`\n${screen.paint('bold', 'What started')}\n${started}`);
  screen.say(`\n${screen.paint('bold', 'What arrived')}\n${there}`);
  const wrong = [
    ...pairs.map(pair => ({ ...pair, name: `${pair.trigger} ${pair.timing}` })),
    ...places.map(line => ({ ...line, name: `${line.place}, ${line.what}` })),
  ].filter(line => !isGood(line));
  for (const { name, differences } of wrong) {
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

function printRecord(screen: Screen, title: string, lines: string[]): void {
  screen.say(`\n  ${cutTo(title, WIDTH - 2)}`);
  for (const line of lines.slice(0, MOST_DESCRIPTION_LINES))
    screen.say(`  ${screen.paint('dim', '│')} ${cutTo(line, WIDTH - 4)}`);
  if (lines.length > MOST_DESCRIPTION_LINES)
    screen.say(`  ${screen.paint('dim', `│ … and ${lines.length - MOST_DESCRIPTION_LINES} more lines`)}`);
}
