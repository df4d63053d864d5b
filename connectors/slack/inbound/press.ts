import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { AlertAct } from '../../../src/sdk/index.ts';
import { alertIdOf, pressIds } from '../ids.ts';
import { actOn, GONE, ownerOf } from './alerts.ts';
import { textAt } from './body.ts';
import type { Call, Connection } from './call.ts';
import { openTaskForm } from './task-form.ts';

type Args = SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs;

const SNOOZES = new Set([15, 60, 240]);

/** Somebody pressed a button or chose from a menu of one of our messages. */
export async function pressed({ ack, action, body, context }: Args): Promise<void> {
  const call = context.call as Call;
  const connections = context.connections as Connection[];
  const alertId = textAt(action, 'value') ?? alertIdOf(action.block_id);
  const act = actOf(action);
  if (action.action_id.startsWith(pressIds.open)) return ack();
  if (!alertId) call.tell('Baton does not know this button. It may be from an older version of the app.');
  else if (action.action_id === pressIds.createTask) await offerForm(call, connections, alertId, body.trigger_id);
  else if (!act) call.tell('Baton does not know this button. It may be from an older version of the app.');
  else {
    const user = { id: body.user.id, name: textAt(body, 'user', 'name') ?? textAt(body, 'user', 'username') };
    const key = `press:${body.user.id}:${action.action_id}:${action.action_ts}`;
    const outcome = await actOn(call.hub, connections, { alertId, act, user, key });
    if (!outcome.done) call.tell(outcome.alert ? outcome.reason : GONE);
  }
  await ack();
}

function actOf(action: Args['action']): AlertAct | undefined {
  if (action.action_id === pressIds.claim) return { kind: 'claim' };
  if (action.action_id === pressIds.dismiss) return { kind: 'dismiss' };
  const minutes = Number(textAt(action, 'selected_option', 'value'));
  return action.action_id === pressIds.snooze && SNOOZES.has(minutes) ? { kind: 'snooze', minutes } : undefined;
}

/** Slack opens a form within three seconds of the press, so the alert is read at once and the form opened as soon as this is acknowledged. */
async function offerForm(call: Call, connections: Connection[], alertId: string, triggerId: string): Promise<void> {
  const owner = await ownerOf(connections, alertId);
  if (!owner) return call.tell(GONE);
  if (!owner.alert.offers.includes('create_task'))
    return call.tell('No follow-up task can be asked for here any more. The message shows how the alert stands.');
  call.later(async () => {
    const problem = await openTaskForm(call.hub, owner.connection, owner.alert, triggerId);
    if (problem) call.tell(problem);
  });
}
