import * as z from 'zod';
import { type Connector, defineConnector, type Polled, type SourceContext, StepError } from '../../src/sdk/index.ts';

type Ask = { cursor: unknown; since: number | undefined; token: string; stored: SourceContext<string>['stored'] };
type Answer = (ask: Ask) => Polled | Promise<Polled>;

/** A source without a vendor: it answers as scripted, refuses tokens that are not `accepted`, and keeps what it was asked. */
export function fakeSource() {
  const script: (Answer | StepError)[] = [];
  const asked: Omit<Ask, 'stored'>[] = [];
  const accepted = new Set(['good-token']);
  const nothing: Answer = ({ cursor }) => ({ events: [], cursor: cursor ?? null, more: false });
  const connector: Connector<string> = defineConnector<string>({
    id: 'feed',
    title: 'Feed',
    description: 'Events as a test tells them.',
    auth: {
      kind: 'key',
      fields: z.object({
        token: z.string().min(1).meta({ title: 'Token', secret: true }),
        start: z.string().optional(),
      }),
    },
    limits: { callTimeoutMs: 1000 },
    open: ({ grant }) => grant!.accessToken.reveal(),
    whoAmI: async ({ client }) => {
      if (!accepted.has(client)) throw new StepError('unauthorized', 'Feed does not accept the token.');
      return { id: 'feed-1', name: 'Feed of Acme' };
    },
    classify: error => (error instanceof StepError ? error : new StepError('defect', 'unexpected', { cause: error })),
    actions: [],
    roles: {
      source: {
        origin: () => '//feed.example',
        async poll({ client, since, stored }, cursor) {
          asked.push({ cursor, since, token: client });
          if (!accepted.has(client)) throw new StepError('unauthorized', 'Feed does not accept the token.');
          const answer = script.shift() ?? nothing;
          if (answer instanceof StepError) throw answer;
          return answer({ cursor, since, token: client, stored });
        },
      },
    },
  });
  return { connector: connector as Connector, script, asked, accepted };
}
