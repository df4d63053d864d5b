import { App, type Receiver, type ReceiverEvent } from '@slack/bolt';
import type { InboundRequest } from '../../../src/sdk/index.ts';
import { silent } from '../client.ts';
import type { Body } from './body.ts';
import { type Call, type Connection, type Hub, NotConnected } from './call.ts';
import { answerCommand } from './command.ts';
import { ended } from './ended.ts';
import { pressed } from './press.ts';
import { submitted } from './task-form.ts';

/**
 * Bolt's receiver without a server of its own: the hub takes the call, its signature is checked, and it is handed on here.
 * Source: docs.slack.dev/tools/bolt-js/concepts/receiver
 */
export class HubReceiver implements Receiver {
  #app: App | undefined;
  init(app: App): void {
    this.#app = app;
  }
  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  /** Rejects with what a listener threw, so that the sender can be told to come again. */
  async deliver(call: Call, body: Body, headers: InboundRequest['headers']): Promise<void> {
    const retry = headers['x-slack-retry-num'];
    const event: ReceiverEvent = {
      body,
      ...(retry !== undefined && { retryNum: Number(retry), retryReason: headers['x-slack-retry-reason'] }),
      customProperties: { call },
      ack: async answer => call.acknowledge(answer),
    };
    await this.#app?.processEvent(event);
  }
}

const made = new WeakMap<Hub, HubReceiver>();

/** Bolt for one hub. Its listeners find the connections of the call's workspace in `context.connections`. */
export function boltFor(hub: Hub): HubReceiver {
  const known = made.get(hub);
  if (known) return known;
  const receiver = new HubReceiver();
  const app = new App({
    receiver,
    // Without a token: calls go through the client of the connection, whose token the hub keeps alive.
    authorize: ({ teamId }) => authorize(hub, teamId),
    convoStore: false,
    ignoreSelf: false,
    logger: silent,
  });
  app.error(async error => {
    throw error;
  });
  app.action(/^/, pressed);
  app.view({ callback_id: /^/, type: 'view_submission' }, submitted);
  app.command(/^/, answerCommand);
  app.event('app_uninstalled', ended);
  app.event('tokens_revoked', ended);
  made.set(hub, receiver);
  return receiver;
}

async function authorize(
  hub: Hub,
  teamId: string | undefined,
): Promise<{ teamId?: string; connections: Connection[] }> {
  const connections = teamId ? await hub.connections(teamId) : [];
  if (connections.length === 0) throw new NotConnected();
  return { teamId, connections };
}
