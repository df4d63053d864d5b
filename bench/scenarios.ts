import * as z from 'zod';
import { connect } from '../demo/connect.ts';
import type { HubClient } from '../demo/hub-client.ts';
import type { WorkflowDocument, WorkflowStep } from '../src/model/workflow.ts';
import type { Sandbox } from '../src/sandbox/server.ts';

/** Something that a vendor is told for every run of a workflow, and how many calls that may take. */
export type Scenario = {
  /** What is made, as the table says it. */
  title: string;
  vendor: string;
  connect(hub: HubClient, sandbox: Sandbox, signal: AbortSignal): Promise<unknown>;
  workflow: WorkflowDocument;
  /** The type of the sandbox's records of which each run makes one. */
  effects: string;
  /** A part of the path of the calls that count: those of the API, not those that bring a token. */
  api: string;
  /** So many calls for 1,000 runs, or fewer. */
  aim: number;
};

const forEveryOffer = (name: string, step: WorkflowStep): WorkflowDocument => ({
  name,
  trigger: { type: 'meeting_offered', timing: 'immediately' },
  steps: [step],
});
const pushTo = (destination: string): WorkflowDocument =>
  forEveryOffer('Push every visitor', { id: 'push', action: 'push_record', input: { destination } });

/** By the vendor's consent page, which allows by itself. */
const byConsent =
  (vendor: string): Scenario['connect'] =>
  (hub, _sandbox, signal) =>
    connect(hub, vendor, signal);

/** By values that an admin types in: settings of the sandbox, by the names that the connector's fields have. */
const byValues =
  (connector: string, names: Record<string, string>): Scenario['connect'] =>
  (hub, sandbox) => {
    const settings = sandbox.settings();
    const values = Object.fromEntries(Object.entries(names).map(([field, setting]) => [field, settings[setting]]));
    return hub.post('/v1/connections', { connector, values }, z.object({ status: z.literal('active') }));
  };

/** Each visitor is a new person to the vendor. */
export const salesforceTasks: Scenario = {
  title: 'Salesforce tasks',
  vendor: 'salesforce',
  connect: byConsent('salesforce'),
  workflow: forEveryOffer('A task for every offer', {
    id: 'task',
    action: 'salesforce.create_task',
    input: { subject: 'Call {{ visitor.email }}' },
  }),
  effects: 'Task',
  api: '/services/data/',
  aim: 30,
};
const hubspotPushes: Scenario = {
  title: 'HubSpot pushes',
  vendor: 'hubspot',
  connect: byConsent('hubspot'),
  workflow: pushTo('hubspot'),
  effects: 'contacts',
  api: '/crm/',
  aim: 20,
};
const marketoPushes: Scenario = {
  title: 'Marketo pushes',
  vendor: 'marketo',
  connect: byValues('marketo', {
    baseUrl: 'MARKETO_BASE_URL',
    clientId: 'MARKETO_CLIENT_ID',
    clientSecret: 'MARKETO_CLIENT_SECRET',
  }),
  workflow: pushTo('marketo'),
  effects: 'leads',
  api: '/rest/',
  aim: 10,
};

export const scenarios: Scenario[] = [salesforceTasks, hubspotPushes, marketoPushes];
