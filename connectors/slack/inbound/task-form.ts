import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, types, ViewSubmitAction } from '@slack/bolt';
import { DateTime } from 'luxon';
import type { AlertView } from '../../../src/sdk/index.ts';
import { conversation, who } from '../about.ts';
import { classify } from '../errors.ts';
import { taskForm } from '../ids.ts';
import { cutWithin, joined, oneLine, within } from '../text.ts';
import { actOn, GONE } from './alerts.ts';
import { textAt } from './body.ts';
import { ask, type Call, type Connection, type Hub } from './call.ts';

const OPEN_WITHIN_MS = 2_500;
const SUBJECT_MAX = 255;
const NOTES_MAX = 3_000;

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text });

/** Opens the form for a follow-up task. @returns what to tell the person where that did not work */
export async function openTaskForm(
  hub: Hub,
  connection: Connection,
  alert: AlertView,
  triggerId: string,
): Promise<string | undefined> {
  try {
    const view = form(alert, hub.now());
    await ask(connection, OPEN_WITHIN_MS, web => web.views.open({ trigger_id: triggerId, view }));
    return undefined;
  } catch (error) {
    const { details, kind } = classify(error);
    hub.warn('The form for a follow-up task could not be opened in Slack.', { reason: details.vendorCode ?? kind });
    return `The form could not be opened (${details.vendorCode ?? kind}). Press the button once more.`;
  }
}

function form(alert: AlertView, now: number): types.ModalView {
  const { name, email, company } = alert.about.visitor;
  const subject = oneLine(`Follow up with ${name || email || company || 'the visitor'}`);
  const notes = joined([who(alert.about), ...conversation(alert.about)], '\n\n');
  return {
    type: 'modal',
    callback_id: taskForm.callback,
    private_metadata: JSON.stringify({ alertId: alert.id }),
    title: plain('Follow-up task'),
    submit: plain('Create task'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'input',
        block_id: taskForm.subject.block,
        label: plain('What is to be done'),
        element: {
          type: 'plain_text_input',
          action_id: taskForm.subject.action,
          initial_value: within(subject, SUBJECT_MAX),
          max_length: SUBJECT_MAX,
        },
      },
      {
        type: 'input',
        block_id: taskForm.due.block,
        optional: true,
        label: plain('Due'),
        element: {
          type: 'datepicker',
          action_id: taskForm.due.action,
          initial_date: DateTime.fromMillis(now, { zone: 'utc' }).plus({ days: 1 }).toISODate() ?? undefined,
        },
      },
      ...(notes
        ? [
            { type: 'divider' } as const,
            {
              type: 'section' as const,
              text: { type: 'mrkdwn' as const, text: cutWithin(notes, NOTES_MAX), verbatim: true },
            },
          ]
        : []),
    ],
  };
}

type Args = SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs;

/** Somebody sent the form off. What is wrong with it is shown in it, what stands in the way in its place; sent twice, it is one task. */
export async function submitted({ ack, body, view, context }: Args): Promise<void> {
  const call = context.call as Call;
  const alertId = view.callback_id === taskForm.callback ? alertIdIn(view.private_metadata) : undefined;
  if (!alertId)
    return ack({ response_action: 'update', view: words('Baton does not know this form. Close it and press again.') });
  const { subject: subjectAt, due: dueAt } = taskForm;
  const subject = oneLine(textAt(view.state, 'values', subjectAt.block, subjectAt.action, 'value') ?? '');
  const dueDate = textAt(view.state, 'values', dueAt.block, dueAt.action, 'selected_date');
  const wrong = mistakes(subject, dueDate, call.hub.now());
  if (wrong) return ack({ response_action: 'errors', errors: wrong });
  const outcome = await actOn(call.hub, context.connections as Connection[], {
    alertId,
    act: { kind: 'create_task', subject, ...(dueDate && { dueDate }) },
    user: { id: body.user.id, name: body.user.name },
    key: `form:${view.id}`,
  });
  if (outcome.done) return ack();
  // Sent again, the same form would get the same answer, whatever has changed meanwhile: its id is the key of the act.
  const reason = outcome.alert ? outcome.reason : GONE;
  return ack({ response_action: 'update', view: words(`${reason} No task was made.`) });
}

function alertIdIn(metadata: string): string | undefined {
  try {
    return textAt(JSON.parse(metadata), 'alertId');
  } catch {
    return undefined;
  }
}

/** By block. Somewhere on earth it is still yesterday. */
function mistakes(subject: string, dueDate: string | undefined, now: number): Record<string, string> | undefined {
  if (subject === '') return { [taskForm.subject.block]: 'Say what is to be done.' };
  if (subject.length > SUBJECT_MAX)
    return { [taskForm.subject.block]: `Say it in ${SUBJECT_MAX} characters; these are ${subject.length}.` };
  const today = DateTime.fromMillis(now, { zone: 'UTC-12' }).toISODate() ?? '';
  return dueDate && dueDate < today ? { [taskForm.due.block]: 'This day is over. Choose a later one.' } : undefined;
}

/** A form with nothing in it but a sentence. */
export const words = (sentence: string): types.ModalView => ({
  type: 'modal',
  title: plain('Baton'),
  close: plain('Close'),
  blocks: [{ type: 'section', text: plain(sentence) }],
});
