import type { Inbound, InboundAnswer, InboundHub } from '../../../src/sdk/index.ts';
import type { Card } from '../card.ts';
import type { TeamsClient } from '../client.ts';
import { classify } from '../errors.ts';
import { cardActivity } from '../post.ts';
import { type Activity, activityIn, tenantOf } from './activity.ts';
import { botOf, type Visit } from './bot.ts';
import { admit } from './door.ts';
import { forget, isRemoval, type Later, remember } from './installations.ts';
import type { Connection } from './people.ts';
import { press } from './press.ts';
import { answerTo } from './talk.ts';

const REPLY_MS = 8_000;
const MAX_BYTES = 256 * 1024;

/** Everything that Teams tells the app: installations, messages and presses of buttons. */
export const messages: Inbound<TeamsClient> = {
  methods: ['POST'],
  path: '/teams/messages',
  summary: 'Calls of Microsoft Teams (Bot Framework activities)',
  requires: ['TEAMS_APP_ID'],
  maxBytes: MAX_BYTES,
  async answer(request, hub) {
    const { authorization } = request.headers;
    if (!authorization) return refusal('there is no token');
    const activity = activityIn(request.body);
    if (!activity) return { status: 400, body: { error: 'The body is no activity of Microsoft Teams.' } };
    const bot = () => botOf(hub.settings);
    const admission = await admit(bot, activity, authorization);
    if ('refused' in admission) return notAdmitted(hub, admission);
    const tenantId = tenantOf(activity);
    const connections = tenantId ? await hub.connections(tenantId) : [];
    if (connections.length === 0) return unknownTenant(hub, activity, tenantId);
    const visit = new TeamsVisit(hub, connections, activity);
    const answer = await (await bot()).turn(admission.caller, activity, visit);
    return { status: answer?.status ?? 200, body: answer?.body as object | undefined, after: () => visit.finish() };
  },
};

const refusal = (why: string): InboundAnswer => ({
  status: 401,
  body: { error: `The token is not accepted: ${why}.` },
});

function notAdmitted(
  hub: InboundHub<TeamsClient>,
  { refused, keysMissing }: { refused: string; keysMissing: boolean },
): InboundAnswer {
  if (!keysMissing) return refusal('it is not one of Microsoft Teams for this app');
  hub.warn('The keys that sign calls of Microsoft Teams cannot be had; a call was turned away', { reason: refused });
  return { status: 503, headers: { 'retry-after': '5' }, body: { error: 'The keys cannot be had at the moment.' } };
}

/** Acknowledged, so that Teams does not repeat it; whoever pressed a button is told what is missing. */
function unknownTenant(
  hub: InboundHub<TeamsClient>,
  { type, name }: Activity,
  tenantId: string | undefined,
): InboundAnswer {
  hub.warn('Microsoft Teams called for a tenant that no workspace has connected. Connect it by its id', { tenantId });
  const hint = `This Microsoft 365 tenant is not connected to Baton. Its id is ${tenantId ?? 'not known'}; an administrator of the hub types it in.`;
  if (type !== 'invoke' || name !== 'adaptiveCard/action') return { status: 200, body: { message: hint } };
  return {
    status: 200,
    body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: hint },
  };
}

/** One activity, for the workspaces that are connected to its tenant. */
class TeamsVisit implements Visit {
  readonly #hub: InboundHub<TeamsClient>;
  readonly #connections: Connection[];
  readonly #activity: Activity;
  readonly #later: Later[] = [];

  constructor(hub: InboundHub<TeamsClient>, connections: Connection[], activity: Activity) {
    this.#hub = hub;
    this.#connections = connections;
    this.#activity = activity;
  }

  async came(): Promise<void> {
    const keep = isRemoval(this.#activity) ? forget : remember;
    for (const connection of this.#connections) this.#later.push(...(await keep(connection, this.#activity)));
  }

  async pressed(verb: string, data: Record<string, unknown>): Promise<Card | string> {
    const { card, reason } = await press(this.#connections, this.#activity, verb, data);
    return card ?? reason ?? 'Nothing was done.';
  }

  async submitted(verb: string, data: Record<string, unknown>): Promise<void> {
    // The card in the conversation changes by itself; only what was not done needs words.
    const { reason } = await press(this.#connections, this.#activity, verb, data);
    if (reason) this.#later.push(() => this.#reply(reason));
  }

  async said(text: string): Promise<void> {
    const answer = await answerTo(this.#connections, this.#activity, text);
    this.#later.push(() => this.#reply(answer));
  }

  /** What Teams need not wait for. One part that fails keeps no other from being done. */
  async finish(): Promise<void> {
    for (const work of this.#later)
      await work().catch(error => {
        const { kind, message } = classify(error);
        this.#hub.warn('What followed a call of Microsoft Teams could not be done', { kind, reason: message });
      });
  }

  async #reply(answer: Card | string): Promise<void> {
    const { id, conversation, serviceUrl } = this.#activity;
    const content =
      typeof answer === 'string'
        ? { type: 'message', text: answer, textFormat: 'markdown' }
        : cardActivity(answer, 'Alerts');
    const client = await this.#connections[0]!.client();
    const about = { operation: 'to answer a message', write: true, serviceUrl, signal: AbortSignal.timeout(REPLY_MS) };
    await client.call(about, (conversations, bounds) =>
      id
        ? conversations.replyToActivity(conversation.id, id, content, bounds)
        : conversations.sendToConversation(conversation.id, content, bounds),
    );
  }
}
