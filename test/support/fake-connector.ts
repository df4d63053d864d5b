import * as z from 'zod';
import type { FailureKind } from '../../src/model/run.ts';
import {
  type ActionContext,
  type Connector,
  defineAction,
  defineConnector,
  StepError,
  type StepErrorDetails,
} from '../../src/sdk/index.ts';

export type Answer =
  | { ok: true; then?: () => void }
  | { fail: FailureKind; details?: StepErrorDetails; landed?: boolean; message?: string };

/** A connector without a vendor: it answers as scripted and keeps what landed. */
export function fakeConnector() {
  const script: Answer[] = [];
  const landed: { stepKey: string; input: unknown }[] = [];
  const calls: string[] = [];
  const input = z.strictObject({ text: z.string(), lifeMinutes: z.number().optional() });
  const output = z.strictObject({ recordId: z.string() });
  type In = z.infer<typeof input>;

  const record = (stepKey: string, value: unknown) => {
    landed.push({ stepKey, input: value });
    return { recordId: `r${landed.length}` };
  };
  const run = async ({ stepKey }: ActionContext<null>, value: In) => {
    calls.push(stepKey);
    const answer = script.shift() ?? { ok: true };
    if ('ok' in answer) {
      answer.then?.();
      return record(stepKey, value);
    }
    if (answer.landed) record(stepKey, value);
    throw new StepError(answer.fail, answer.message ?? `The vendor said ${answer.fail}.`, answer.details);
  };
  const find = async (items: { stepKey: string }[]) =>
    items.map(({ stepKey }) => {
      const at = landed.findIndex(item => item.stepKey === stepKey);
      return at < 0 ? undefined : { recordId: `r${at + 1}` };
    });
  const common = { title: 'A note', description: 'Writes a note.', input, output, fits: {}, run };
  const connector: Connector<null> = defineConnector<null>({
    id: 'fake',
    title: 'Fake',
    description: 'A vendor that does as it is told.',
    auth: { kind: 'none' },
    limits: { callTimeoutMs: 1000 },
    open: () => null,
    classify: error => new StepError('defect', 'unexpected', { cause: error }),
    actions: [
      defineAction<In, z.infer<typeof output>, null>({
        ...common,
        id: 'fake.append',
        replay: { findMany: (_, items) => find(items), graceSeconds: 10 },
      }),
      defineAction<In, z.infer<typeof output>, null>({ ...common, id: 'fake.keyed', replay: 'keyed' }),
      defineAction<In, z.infer<typeof output>, null>({ ...common, id: 'fake.blind', replay: { whenUnsure: 'park' } }),
      defineAction<In, z.infer<typeof output>, null>({
        ...common,
        id: 'fake.alert',
        replay: 'keyed',
        notification: true,
      }),
    ],
  });
  return { connector: connector as Connector, script, landed, calls };
}
