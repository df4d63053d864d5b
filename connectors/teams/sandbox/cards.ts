import { badSyntax } from './errors.ts';

/** One element of a card, as it came. */
export type Element = { type?: unknown } & Record<string, unknown>;

const elements = new Set(
  'TextBlock Image Media RichTextBlock ActionSet Container ColumnSet FactSet ImageSet Table Input.Text Input.Number Input.Date Input.Time Input.Toggle Input.ChoiceSet'.split(
    ' ',
  ),
);
const actions = new Set([
  'Action.OpenUrl',
  'Action.Submit',
  'Action.ShowCard',
  'Action.ToggleVisibility',
  'Action.Execute',
]);
const MOST_ACTIONS = 6;

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const elementsIn = (value: unknown): Element[] => (Array.isArray(value) ? value.filter(isElement) : []);

/** Refuses a card that Teams could not show. @throws Refusal BadSyntax that says where */
export function checkCard(card: unknown, where = 'content'): asserts card is Element {
  if (!isElement(card) || card.type !== 'AdaptiveCard') throw badSyntax(`${where} is not an AdaptiveCard`);
  if (where === 'content' && !/^1\.[0-5]$/.test(String(card.version)))
    throw badSyntax(`${where}.version is not one that Teams shows`);
  checkItems(card.body, `${where}.body`);
  checkActions(card.actions, `${where}.actions`);
}

function checkItems(items: unknown, where: string): void {
  for (const [index, item] of elementsIn(items).entries()) {
    const at = `${where}[${index}]`;
    const type = String(item.type);
    if (!elements.has(type)) throw badSyntax(`${at} has the unknown type ${type}`);
    if (type.startsWith('Input.') && typeof item.id !== 'string') throw badSyntax(`${at} has no id`);
    if (type === 'TextBlock' && typeof item.text !== 'string') throw badSyntax(`${at} has no text`);
    checkItems(item.items, `${at}.items`);
    for (const [column, each] of elementsIn(item.columns).entries())
      checkItems(each.items, `${at}.columns[${column}].items`);
    checkActions(item.actions, `${at}.actions`);
  }
}

function checkActions(given: unknown, where: string): void {
  const list = elementsIn(given);
  if (list.length > MOST_ACTIONS) throw badSyntax(`${where} has more than ${MOST_ACTIONS} actions`);
  for (const [index, action] of list.entries()) {
    if (!actions.has(String(action.type)))
      throw badSyntax(`${where}[${index}] has the unknown type ${String(action.type)}`);
    if (action.type === 'Action.ShowCard') checkCard(action.card, `${where}[${index}].card`);
  }
}

/** A button of a card with the inputs that are sent with it. */
export type Button = { action: Element; inputs: Element[] };

/** Everything on a card that can be pressed, those on cards inside it included. */
export function buttonsOf(card: Element, outer: Element[] = []): Button[] {
  const inputs = [...outer, ...inputsIn(card.body)];
  return elementsIn(card.actions).flatMap(action =>
    action.type === 'Action.ShowCard' && isElement(action.card)
      ? buttonsOf(action.card, inputs)
      : [{ action, inputs: action.associatedInputs === 'none' ? [] : inputs }],
  );
}

function inputsIn(items: unknown): Element[] {
  return elementsIn(items).flatMap(item => [
    ...(String(item.type).startsWith('Input.') ? [item] : []),
    ...inputsIn(item.items),
    ...elementsIn(item.columns).flatMap(({ items: inner }) => inputsIn(inner)),
  ]);
}
