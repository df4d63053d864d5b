import * as z from 'zod';
import type { FailureKind } from '../../src/model/run.ts';
import {
  type ActionContext,
  type BatchItem,
  type Connector,
  defineAction,
  defineConnector,
  Secret,
  StepError,
  type StepErrorDetails,
  type StepFacts,
} from '../../src/sdk/index.ts';

export type Fate = { fail: FailureKind; details?: StepErrorDetails; landed?: boolean; message?: string };
/** What happens to the next call: to the whole of it, or by the items' texts. */
type Script = { whole?: Fate; items?: Record<string, Fate>; usage?: { used: number; limit: number } };

const input = z.strictObject({ text: z.string(), record: z.string().optional() });
const output = z.strictObject({ recordId: z.string() });
type In = z.infer<typeof input>;
type Out = z.infer<typeof output>;
type Client = { token: string; onUsage?: (usage: { used: number; limit: number }) => void };

/**
 * A vendor that takes many records in one call, connected by typed values. It answers as scripted, keeps what landed, and holds
 * its calls until as many steps have set out as the test says.
 */
export function batchConnector(options: { max?: number } = {}) {
  const calls: string[][] = [];
  const lookUps: string[][] = [];
  const landed: { stepKey: string; text: string }[] = [];
  const script: Script[] = [];
  const tokens: string[] = [];
  const watch = { onCall: async (): Promise<unknown> => undefined, inside: 0, most: 0, exchanges: 0 };
  const hold = { setOut: 0, wanted: 0, open: () => {}, over: Promise.resolve() };

  const recordOf = (stepKey: string): Out | undefined => {
    const at = landed.findIndex(item => item.stepKey === stepKey);
    return at < 0 ? undefined : { recordId: `r${at + 1}` };
  };
  const errorOf = ({ fail, message, details }: Fate) =>
    new StepError(fail, message ?? `The vendor said ${fail}.`, details);

  async function take(client: Client, items: { stepKey: string; input: In }[]): Promise<(Out | StepError)[]> {
    calls.push(items.map(item => item.input.text));
    tokens.push(client.token);
    const { whole, items: fates = {}, usage } = script.shift() ?? {};
    watch.inside += 1;
    watch.most = Math.max(watch.most, watch.inside);
    await hold.over;
    await watch.onCall();
    watch.inside -= 1;
    if (usage) client.onUsage?.(usage);
    const answers = items.map(item => {
      const fate = whole ?? fates[item.input.text];
      if (!fate || fate.landed) landed.push({ stepKey: item.stepKey, text: item.input.text });
      return fate ? errorOf(fate) : recordOf(item.stepKey)!;
    });
    if (whole) throw errorOf(whole);
    return answers;
  }
  const run = async ({ client, stepKey }: ActionContext<Client>, value: In): Promise<Out> => {
    const [answer] = await take(client, [{ stepKey, input: value }]);
    if (answer instanceof StepError) throw answer;
    return answer!;
  };
  const action = (id: string, more: { priority?: 'low' } = {}) =>
    defineAction<In, Out, Client>({
      id,
      title: 'A record',
      description: 'Writes a record.',
      input,
      output,
      fits: {},
      ...more,
      replay: {
        graceSeconds: 10,
        async findMany({ client }, items) {
          lookUps.push(items.map(item => item.input.text));
          const { whole } = script.shift() ?? {};
          tokens.push(client.token);
          await hold.over;
          if (whole) throw errorOf(whole);
          return items.map(item => recordOf(item.stepKey));
        },
      },
      exclusive: ({ record }: In, _facts: StepFacts) => record,
      batch: {
        // Read once for every step that sets out, to be sent or to be looked up.
        get max() {
          hold.setOut += 1;
          if (hold.setOut === hold.wanted) hold.open();
          return options.max ?? 200;
        },
        groupBy: () => 'records',
        run: ({ client }, items: BatchItem<In>[]) => take(client, items),
      },
      run,
    });
  const connector = defineConnector<Client>({
    id: 'crowd',
    title: 'Crowd',
    description: 'A vendor that takes many records in one call.',
    auth: {
      kind: 'key',
      fields: z.object({ secret: z.string().meta({ title: 'Secret', secret: true }) }),
      exchange: async () => {
        watch.exchanges += 1;
        return { accessToken: new Secret(`token-${watch.exchanges}`) };
      },
    },
    limits: { callTimeoutMs: 1000 },
    open: ({ grant, onUsage }) => ({ token: grant!.accessToken.reveal(), onUsage }),
    whoAmI: async () => ({ id: 'crowd-1', name: 'Acme' }),
    classify: error => new StepError('defect', `unexpected: ${String(error)}`, { cause: error }),
    actions: [
      action('crowd.write'),
      action('crowd.tidy', { priority: 'low' }),
      { ...action('crowd.single'), batch: undefined },
    ],
  });
  return {
    connector: connector as Connector,
    calls,
    lookUps,
    landed,
    script,
    /** The access token of each call. */
    tokens,
    /** The most calls that were under way at the same time. */
    atOnce: () => watch.most,
    /** Is awaited in each call, before the vendor answers. */
    onCall(work: () => Promise<unknown>) {
      watch.onCall = work;
    },
    /** Holds every call until so many more steps have set out. */
    holdUntil(steps: number) {
      hold.setOut = 0;
      hold.wanted = steps;
      hold.over = new Promise(resolve => {
        hold.open = resolve;
      });
    },
  };
}
