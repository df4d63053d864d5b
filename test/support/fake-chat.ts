import * as z from 'zod';
import {
  type Actor,
  type AlertAct,
  type AlertInputs,
  type AlertPlacement,
  type AlertUpdateInput,
  alertInputs,
  alertUpdateInput,
  type Connector,
  type DirectoryPerson,
  defineAction,
  defineConnector,
  type FollowUpTaskInput,
  followUpTaskInput,
  roleRecipient,
  Secret,
  StepError,
  type StepFacts,
  type TrackInput,
} from '../../src/sdk/index.ts';

type To = { channel: string } | z.infer<typeof roleRecipient>;
type AlertInput = AlertInputs & { to: To; fallback?: { channel: string } };
type Told = { place: AlertPlacement; facts: StepFacts; input: AlertInput };

const channel = z.strictObject({ channel: z.string().meta({ title: 'Channel', description: 'Its name' }) });
const described = { title: 'Test', description: 'For tests.' };

/**
 * A chat without a wire that shows alerts, makes tasks, knows people and takes events, as scripted: `fail` makes the next call of an action
 * throw. Its inbound address presses buttons.
 */
export function fakeChat(id = 'chat') {
  const chat = {
    /** Messages that were sent, in order, and every later picture of them. */
    sent: [] as Told[],
    updates: [] as { input: AlertUpdateInput; facts: StepFacts }[],
    tasks: [] as FollowUpTaskInput[],
    tracked: [] as TrackInput[],
    /** What reached the vendor, in order: the call and the step's key, by which a vendor tells a repetition. */
    landed: [] as string[],
    owner: undefined as DirectoryPerson | undefined,
    fail: new Map<string, StepError[]>(),
    connector: undefined as unknown as Connector,
  };
  const reached = (action: string) => {
    const failure = chat.fail.get(action)?.shift();
    if (failure) throw failure;
  };
  const send = defineAction<AlertInput, { placement: AlertPlacement }, null>({
    ...described,
    id: `${id}.send_alert`,
    input: z.strictObject({
      to: z.union([channel, roleRecipient]),
      fallback: channel.optional(),
      message: z.string().min(1),
      ...alertInputs,
    }),
    output: z.object({ placement: z.record(z.string(), z.string()) }),
    fits: {},
    alert: true,
    notification: true,
    replay: 'keyed',
    async run({ facts, stepKey }, input) {
      reached('send');
      chat.landed.push(`send ${stepKey}`);
      const joined = facts.alert?.placement;
      const to = 'channel' in input.to ? input.to.channel : (facts.recipient?.email ?? input.fallback?.channel ?? '');
      const place = joined ?? { channel: to, message: `m${chat.sent.length + 1}` };
      chat.sent.push({ place, facts, input });
      return { placement: place };
    },
  });
  const update = defineAction<AlertUpdateInput, object, null>({
    ...described,
    id: `${id}.update_alert`,
    input: alertUpdateInput,
    output: z.object({}),
    fits: {},
    replay: 'safe',
    exclusive: input => JSON.stringify(input.placement),
    async run({ facts }, input) {
      reached('update');
      chat.updates.push({ input, facts });
      return {};
    },
  });
  const task = defineAction<FollowUpTaskInput, { recordId: string; url: string }, null>({
    ...described,
    id: `${id}.create_follow_up_task`,
    input: followUpTaskInput,
    output: z.object({ recordId: z.string(), url: z.string() }),
    fits: {},
    replay: 'keyed',
    async run({ stepKey }, input) {
      reached('task');
      chat.landed.push(`task ${stepKey}`);
      chat.tasks.push(input);
      return { recordId: `t${chat.tasks.length}`, url: `https://tasks.example/t${chat.tasks.length}` };
    },
  });
  const track = defineAction<TrackInput, object, null>({
    ...described,
    id: `${id}.track`,
    input: z.strictObject({ name: z.string(), parameters: z.record(z.string(), z.unknown()).optional() }) as never,
    output: z.object({}),
    fits: {},
    replay: 'keyed',
    async run(context, input) {
      reached('track');
      chat.landed.push(`track ${context.stepKey}`);
      chat.tracked.push(input);
      await context.publish(`visitor:${context.facts.visitor.visitorId}`, input);
      return {};
    },
  });
  chat.connector = defineConnector<null>({
    id,
    title: id,
    description: 'A chat for tests.',
    auth: {
      kind: 'key',
      fields: z.object({ team: z.string(), token: z.string().meta({ secret: true }) }),
      exchange: async ({ values }) => ({ accessToken: new Secret(values.token!), extra: { team: values.team! } }),
    },
    limits: { callTimeoutMs: 1000 },
    open: () => null,
    whoAmI: async () => ({ id: 'T1', name: 'Team' }),
    classify: error => new StepError('defect', `Not classified: ${String(error)}`),
    actions: [send] as never,
    roles: {
      chat: { send: send as never, update },
      task,
      track: {
        action: track,
        mistakes: ({ name }) =>
          name.startsWith('bad') ? [{ path: ['name'], message: 'A name may not begin with bad.' }] : [],
        unreachable: facts => (facts.visitor.visitorId ? undefined : 'the visitor is not known'),
      },
      directory: {
        async ownerOf() {
          reached('directory');
          return chat.owner;
        },
        findUser: async () => chat.owner,
      },
    },
    inbound: [
      {
        methods: ['POST'],
        path: `/${id}/press`,
        summary: 'Presses a button',
        maxBytes: 1000,
        async answer({ body, headers }, hub) {
          if (headers['x-signature'] !== 'right') return { status: 401, body: { error: 'signature' } };
          const { alert, act, by, key } = JSON.parse(body.toString()) as {
            alert: string;
            act: AlertAct;
            by: Actor;
            key: string;
          };
          const [connection] = await hub.connections('T1');
          if (!connection) return { status: 404 };
          return { status: 200, body: await connection.alerts.act(alert, act, by, key) };
        },
      },
      {
        methods: ['POST'],
        path: `/${id}/gone`,
        summary: 'The app was removed',
        async answer({ body }, hub) {
          const { since } = JSON.parse(body.toString()) as { since?: number };
          for (const connection of await hub.connections('T1')) await connection.lost('the app was removed.', since);
          return { status: 204 };
        },
      },
      {
        methods: ['GET'],
        path: `/${id}/needs`,
        summary: 'Is there only with a setting',
        requires: ['CHAT_SETTING'],
        answer: async () => ({ status: 204 }),
      },
    ],
  }) as Connector;
  return chat;
}
