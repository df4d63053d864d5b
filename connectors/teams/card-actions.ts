import type { AlertActionKind, AlertView } from '../../src/sdk/index.ts';
import type { Element } from './card-parts.ts';
import { line, run } from './card-parts.ts';
import { webAddress } from './text.ts';

const snoozeChoices = [
  ['15', '15 minutes'],
  ['60', '1 hour'],
  ['240', '4 hours'],
  ['1440', '1 day'],
] as const;

/** Clients that know no Action.Execute send the same as a message (Action.Submit): the verb is in the data for them. */
const press = (alert: AlertView, verb: AlertActionKind, title: string, style?: 'positive' | 'destructive'): Element => {
  const data = { alertId: alert.id };
  const look = style && { style };
  return {
    type: 'Action.Execute',
    title,
    verb,
    data,
    ...look,
    fallback: { type: 'Action.Submit', title, data: { ...data, verb }, ...look },
  };
};

const asked = (title: string, body: Element[], action: Element): Element => ({
  type: 'Action.ShowCard',
  title,
  card: { type: 'AdaptiveCard', body, actions: [action] },
});

const taskForm: Element[] = [
  {
    type: 'Input.Text',
    id: 'subject',
    label: 'What is to be done',
    maxLength: 255,
    isRequired: true,
    errorMessage: 'Say what is to be done.',
  },
  { type: 'Input.Date', id: 'dueDate', label: 'Due' },
];
const snoozeForm: Element[] = [
  {
    type: 'Input.ChoiceSet',
    id: 'minutes',
    label: 'Come back after',
    style: 'expanded',
    value: snoozeChoices[0][0],
    choices: snoozeChoices.map(([value, title]) => ({ title, value })),
  },
];

/** What has been done is not offered once more, and of what is not relevant nothing. */
const isDone = ({ state, claimedBy }: AlertView, kind: AlertActionKind): boolean =>
  state === 'dismissed' || (claimedBy !== undefined && kind === 'claim');

/** The buttons under an alert: what the engine offers, and the way to the conversation. Teams shows six at most. */
export function cardActions(alert: AlertView): Element[] {
  const buttons: Record<AlertActionKind, () => Element> = {
    claim: () => press(alert, 'claim', 'Claim', 'positive'),
    create_task: () => asked('Create task', taskForm, press(alert, 'create_task', 'Create the task')),
    snooze: () => asked('Snooze', snoozeForm, press(alert, 'snooze', 'Snooze')),
    dismiss: () =>
      asked(
        'Not relevant',
        [line([run('It is then marked as not relevant for everybody.')])],
        press(alert, 'dismiss', 'Yes, not relevant', 'destructive'),
      ),
  };
  const url = webAddress(alert.about.conversationUrl);
  return [
    ...alert.offers.filter(kind => !isDone(alert, kind)).map(kind => buttons[kind]()),
    ...(url ? [{ type: 'Action.OpenUrl', title: 'Open the conversation', url }] : []),
  ];
}
