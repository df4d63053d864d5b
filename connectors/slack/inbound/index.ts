import type { Inbound, InboundAnswer, InboundRequest } from '../../../src/sdk/index.ts';
import type { SlackClient } from '../client.ts';
import { type Body, commandIn, eventIn, interactionIn, textAt } from './body.ts';
import { boltFor } from './bolt.ts';
import { Call, type Hub, NotConnected, reasonOf } from './call.ts';
import { isSigned } from './signature.ts';
import { words } from './task-form.ts';

/** Slack waits three seconds. What has not come about by now is answered with a refusal, so that it is not left hanging. */
const ANSWER_WITHIN_MS = 2_500;

const requires = ['SLACK_SIGNING_SECRET'];
const methods: Inbound['methods'] = ['POST'];

/** Where Slack calls: events, presses and submissions, and the slash command. */
export const inbound: Inbound<SlackClient>[] = [
  {
    methods,
    path: '/slack/events',
    summary: 'Events from Slack: the app was uninstalled, its tokens were revoked.',
    requires,
    answer: (request, hub) => received(request, hub, eventIn),
  },
  {
    methods,
    path: '/slack/interactions',
    summary: 'What people do with an alert in Slack: buttons and forms.',
    requires,
    answer: (request, hub) => received(request, hub, interactionIn),
  },
  {
    methods,
    path: '/slack/commands',
    summary: 'The slash command /baton.',
    requires,
    answer: (request, hub) => received(request, hub, commandIn),
  },
];

/** One call: who sent it, what it is, and then Bolt. `withinMs` is how long an answer may take. */
export async function received(
  request: InboundRequest,
  hub: Hub,
  bodyIn: (request: InboundRequest) => Body | undefined,
  withinMs = ANSWER_WITHIN_MS,
): Promise<InboundAnswer> {
  if (!isSigned(request, hub.settings.SLACK_SIGNING_SECRET ?? '', hub.now()))
    return { status: 401, body: 'This is not signed by Slack, or not of these five minutes.' };
  const body = bodyIn(request);
  if (!body) return { status: 400, body: 'This is nothing that Slack sends here.' };
  return beforeBolt(body, hub) ?? (await throughBolt(request, body, hub, withinMs));
}

/** What Slack sends besides events, presses and commands: proof of the address, of its certificate, and of too many events. */
function beforeBolt(body: Body, hub: Hub): InboundAnswer | undefined {
  if (body.ssl_check === '1') return { status: 200 };
  if (body.type === 'url_verification')
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(body.challenge) };
  if (body.type === 'app_rate_limited') {
    hub.warn('Slack sends no more events of this workspace for the moment: there were too many.', {
      team: textAt(body, 'team_id'),
      minute: body.minute_rate_limited,
    });
    return { status: 200 };
  }
  return undefined;
}

async function throughBolt(request: InboundRequest, body: Body, hub: Hub, withinMs: number): Promise<InboundAnswer> {
  const call = new Call(hub, textAt(body, 'response_url'));
  const answering = boltFor(hub)
    .deliver(call, body, request.headers)
    .then(
      () => call.answer(),
      error => failed(error, call, body),
    );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, withinMs);
  });
  const answer = await Promise.race([answering, late]);
  clearTimeout(timer);
  if (answer) return answer;
  hub.warn('A call from Slack took too long.', { path: new URL(request.url).pathname });
  // What was begun goes on; whoever pressed is told then what came of it.
  return { ...unavailable, after: async () => (await answering).after?.() };
}

const unavailable = { status: 503, body: 'The hub cannot deal with this at the moment.' };

/** A workspace that is not connected is told so; everything else is ours, and Slack may send it again. */
function failed(error: unknown, call: Call, body: Body): InboundAnswer {
  const cause = (error as { original?: unknown }).original ?? error;
  if (cause instanceof NotConnected) {
    if (body.command !== undefined) call.acknowledge({ response_type: 'ephemeral', text: cause.message });
    else if (body.type === 'view_submission')
      call.acknowledge({ response_action: 'update', view: words(cause.message) });
    else call.tell(cause.message);
    return call.answer();
  }
  call.hub.warn('A call from Slack could not be dealt with.', { reason: reasonOf(cause) });
  return unavailable;
}
