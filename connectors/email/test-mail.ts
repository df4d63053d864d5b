import type { StepFacts } from '../../src/sdk/index.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import type { EmailInput, EmailOutput } from './actions/send.ts';
import email from './index.ts';

export const send = email.actions[0]!;
export const NOW = Date.parse('2026-11-23T09:00:00Z');
export const STEP_KEY = 'step_0123456789abcdef0123456789abcdef';

type Options = { facts?: Partial<StepFacts>; signal?: AbortSignal; timeoutMs?: number };

/** One step of email.send with these settings, as the engine runs it. */
export function mailer(settings: () => Record<string, string>) {
  const step = (options: Options = {}) => {
    const parsed = email.settings!.parse(settings());
    const client = email.open({ settings: parsed, timeoutMs: options.timeoutMs ?? 5_000 });
    return stepOf(client, { ...options, now: NOW, stepKey: STEP_KEY });
  };
  const run = async (input: Partial<EmailInput> = {}, options: Options = {}) => {
    const { context, notes } = step(options);
    const whole = { to: { address: 'ann@northwind.example' }, subject: 'Hello', body: 'A text', ...input };
    const output = (await send.run(context, send.input.parse(whole))) as EmailOutput;
    return { ...output, notes };
  };
  const fails = (input: Partial<EmailInput> = {}, options: Options = {}) => failureOf(email, run(input, options));
  return { run, fails, step };
}
