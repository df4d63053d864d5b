import * as z from 'zod';
import {
  type ActionContext,
  type BuiltInWorkflow,
  type Connector,
  defineAction,
  defineConnector,
  type FieldDescription,
  type FieldMapping,
  type PushInput,
  type PushOutput,
  Secret,
  StepError,
  type StepFacts,
} from '../../src/sdk/index.ts';
import type { TestHub } from './hub.ts';

export type Landed = { action: string; input: unknown; facts: StepFacts };
type Client = string;

/** What the fake CRM says of its only object. A test may change it. */
const personFields = (): FieldDescription[] => [
  { name: 'Email', label: 'Email', type: 'email', required: false, creatable: true, updatable: true, maxLength: 80 },
  {
    name: 'LastName',
    label: 'Last name',
    type: 'string',
    required: true,
    creatable: true,
    updatable: true,
    maxLength: 20,
  },
  { name: 'Staff', label: 'Employees', type: 'int', required: false, creatable: true, updatable: true },
  { name: 'OptOut', label: 'No e-mails', type: 'boolean', required: false, creatable: true, updatable: true },
  { name: 'Since', label: 'Customer since', type: 'date', required: false, creatable: true, updatable: true },
  {
    name: 'Source',
    label: 'Source',
    type: 'picklist',
    required: false,
    creatable: true,
    updatable: true,
    options: [
      { value: 'Web', label: 'Web' },
      { value: 'Event', label: 'Event' },
    ],
    restricted: true,
  },
  { name: 'Made', label: 'Made on', type: 'datetime', required: false, creatable: false, updatable: false },
  { name: 'Origin', label: 'Origin', type: 'string', required: false, creatable: true, updatable: false },
];

/**
 * A CRM without a wire, connected by typed values: it takes people, keeps events of meetings, and describes itself. What reached it is
 * in `landed`; `fail` makes the next call throw.
 */
export function fakeCrm(id = 'crm', options: { builtIns?: BuiltInWorkflow[]; defaults?: FieldMapping[] } = {}) {
  const crm = {
    landed: [] as Landed[],
    fail: [] as StepError[],
    fields: personFields(),
    described: 0,
    rights: [] as string[],
    /** Awaited in each push before it looks whether the person is there. */
    pause: async () => undefined as unknown,
    people: new Map<string, string>(),
    connector: undefined as unknown as Connector,
  };
  const reached = (action: string, { facts }: ActionContext<Client>, input: unknown) => {
    const failure = crm.fail.shift();
    if (failure) throw failure;
    crm.landed.push({ action, input, facts });
  };
  const push = defineAction<PushInput, PushOutput, Client>({
    id: `${id}.push_record`,
    title: 'Push',
    description: 'Makes or updates a person.',
    input: z.strictObject({ destination: z.string().optional(), loud: z.boolean().optional() }),
    output: z.strictObject({
      connector: z.string(),
      recordType: z.string(),
      recordId: z.string(),
      created: z.boolean(),
      externalIds: z.record(z.string(), z.string()),
    }),
    fits: {},
    replay: 'safe',
    exclusive: (_, facts) => `person ${facts.visitor.email}`,
    async run(context, input) {
      const email = context.facts.visitor.email;
      if (!email) throw new StepError('rejected', 'The visitor has no e-mail.');
      const known = crm.people.get(email);
      await crm.pause();
      reached('push', context, input);
      const recordId = known ?? `p${crm.landed.length}`;
      crm.people.set(email, recordId);
      const externalIds = { [`${id}PersonId`]: recordId, strangeId: 'x' };
      return { connector: id, recordType: 'Person', recordId, created: !known, externalIds };
    },
  });
  const event = (name: string, meetingRecordId: string | null) => {
    const output = z.strictObject({ meetingRecordId: z.string().nullable() });
    return defineAction<{ title?: string }, { meetingRecordId: string | null }, Client>({
      id: `${id}.${name}`,
      title: name,
      description: 'Something with the event of a meeting.',
      input: z.strictObject({ title: z.string().optional() }),
      output,
      fits: {},
      replay: 'safe',
      async run(context, input) {
        reached(name, context, input);
        return { meetingRecordId };
      },
    });
  };
  crm.connector = defineConnector<Client>({
    id,
    title: id.toUpperCase(),
    description: 'A CRM for tests.',
    auth: {
      kind: 'key',
      fields: z.object({
        org: z.string(),
        user: z.string().default('u0'),
        apiKey: z.string().min(3).meta({ secret: true }),
      }),
      exchange: async ({ values }) => ({
        accessToken: new Secret(values.apiKey!),
        extra: { org: values.org!, user: values.user! },
      }),
    },
    limits: { callTimeoutMs: 1000 },
    open: ({ grant }) => `${grant?.extra?.org} ${grant?.extra?.user}`,
    async whoAmI({ client }) {
      const [org = '', userId = ''] = client.split(' ');
      return { id: org, name: org, details: { userId } };
    },
    classify: error => new StepError('defect', `Not classified: ${String(error)}`),
    actions: [event('create_event', 'e1'), event('update_event', 'e2'), event('delete_event', null)] as never,
    roles: { push },
    mappable: {
      objects: [
        {
          name: 'Person',
          label: 'Person',
          defaults: options.defaults ?? [{ field: 'Email', from: 'visitor.email', update: 'always' }],
        },
      ],
      async describe() {
        const failure = crm.fail.shift();
        if (failure) throw failure;
        crm.described += 1;
        return crm.fields;
      },
    },
    setup: {
      title: 'Prepare the account',
      description: 'Adds a field.',
      async run() {
        const failure = crm.fail.shift();
        if (failure) throw failure;
        return { done: true, message: 'It is prepared.' };
      },
    },
    checkRights: async () => crm.rights,
    pickLists: {
      owners: async (_, { search, after }) => ({
        options: [{ value: `u-${search ?? ''}-${after ?? ''}`, label: 'Someone' }],
        next: 'more',
      }),
    },
    externalIds: [`${id}PersonId`],
    ...(options.builtIns && { builtInWorkflows: options.builtIns }),
  }) as Connector;
  return crm;
}

/** Connects a fake CRM as an admin does. @returns the connection's id */
export async function connectCrm(
  hub: TestHub,
  connector = 'crm',
  { org = 'org-1', user, userId = 'u0' }: { org?: string; user?: string; userId?: string } = {},
): Promise<string> {
  const values = { org, user: userId, apiKey: 'key-of-the-crm' };
  const answer = (await hub.api('POST', '/v1/connections', { connector, values, ...(user && { user }) })) as {
    status: number;
    body: { id: string };
  };
  expect(answer.status).toBe(201);
  return answer.body.id;
}
