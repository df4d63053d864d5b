import { WAKE_ACTION } from '../alerts/acts.ts';
import { keepForAlert, wakeAlert } from '../alerts/keep.ts';
import type { Transaction } from '../db/database.ts';
import { Connections, type RunRow, Runs, type StepRow } from '../db/entities.ts';
import { isOutage } from '../db/outage.ts';
import type { Attempt } from '../model/run.ts';
import type { ActionStep, BranchStep } from '../model/workflow.ts';
import { type PushInput, StepError } from '../sdk/index.ts';
import type { CheckedAction } from '../workflows/check-input.ts';
import { conditionReadsAny } from '../workflows/conditions.ts';
import { TemplateError } from '../workflows/templates.ts';
import { asideRow, effectsOf, insertAsides, waitForEffects } from './aside.ts';
import { type SetVisitorField, setVisitorField, setVisitorFieldAction } from './built-in.ts';
import { Calls } from './call.ts';
import { changeHeld, changeHeldAlone, type StepChange } from './claim.ts';
import { type EffectsOutcome, effectsOutcome, effectsToMake, fanOutActions } from './effects.ts';
import { type Effect, finishStep } from './finish.ts';
import { CallFailure, type CallResult } from './flight.ts';
import { keepOutput } from './keep.ts';
import { chooseBranch, findStep, type StepOutcome } from './next.ts';
import { bookingUnderWay, LOOK_AGAIN_MS } from './order.ts';
import { HEAVY, type Prepared, prepared, prepareIntent } from './prepare.ts';
import { pushRecordAction } from './push.ts';
import { retryDecision } from './retry.ts';
import { runScope } from './scope.ts';
import type { HeldStep, RunServices } from './services.ts';
import { bellOf } from './start.ts';

type Verdict = StepOutcome & { change: StepChange; effect?: Effect };

/** Carries out steps that were claimed, each and what follows it, until the run is over or has to wait. */
export class Executor {
  readonly #services: RunServices;
  readonly #calls: Calls;

  constructor(services: RunServices) {
    this.#services = services;
    this.#calls = new Calls(services);
  }

  /** Never rejects for what happens to a step: that is recorded. Rejects where the database fails; the lease then lapses. */
  async execute(first: StepRow, token: string): Promise<void> {
    let step: StepRow | undefined = first;
    while (step) step = await this.#one(step, token);
  }

  async #one(step: StepRow, token: string): Promise<StepRow | undefined> {
    const { reader, documentOf } = this.#services;
    const run = await reader.run(step.runId);
    if (!run) throw new Error(`Step ${step.id} belongs to no run.`);
    const document = await documentOf(run.workflowId, run.workflowVersion);
    const held: HeldStep = { step, run, document, token };
    try {
      const result = await this.#perform(held);
      if (result === undefined) return undefined;
      return await this.#finish(held, result);
    } catch (error) {
      return this.#failed(held, error);
    }
  }

  /** Undefined where the step has been given back, parked or lost. */
  async #perform(held: HeldStep): Promise<Verdict | undefined> {
    const { step, document } = held;
    const definition = step.definition ?? findStep(document, step.stepId);
    if (!definition) throw new StepError('defect', `The workflow has no step \`${step.stepId}\`.`);
    if (definition.action === 'jump') {
      return { kind: 'succeeded', goto: definition.goto as string, change: { output: { goto: definition.goto } } };
    }
    if (definition.action === 'branch') {
      const branch = definition as BranchStep;
      const messages = branch.paths.some(({ when }) => conditionReadsAny(when, HEAVY));
      const { scope } = await runScope(this.#services.reader, held, { messages });
      const { path, goto, trace } = chooseBranch(branch, scope);
      return { kind: 'succeeded', goto, change: { output: { path, goto: goto ?? null, trace } } };
    }
    return this.#action(held, definition as ActionStep);
  }

  async #action(held: HeldStep, definition: ActionStep): Promise<Verdict | undefined> {
    const { step, run } = held;
    const notes = [...step.notes];
    const note = (sentence: string) => notes.push(sentence);
    if (definition.action === WAKE_ACTION) return this.#wake(held, definition);
    const fanOut = fanOutActions.get(definition.action);
    if (fanOut) return this.#fanOut(held, definition, fanOut, { notes, note });
    if (definition.action === setVisitorFieldAction.id) {
      const { intent } = await prepareIntent(this.#services, held, definition, setVisitorFieldAction, note);
      const fields = await this.#services.visitorFieldsOf(run.workspaceId);
      const to = { workspaceId: run.workspaceId, visitorId: intent.facts.visitor.visitorId, fields, stepId: step.id };
      return {
        kind: 'succeeded',
        change: { input: intent.input, attempts: this.#attempts(step) },
        effect: async tx => {
          const now = this.#services.clock.now();
          return { output: await setVisitorField(tx, { ...to, now }, intent.input as SetVisitorField) };
        },
      };
    }
    if (!step.intent && (await bookingUnderWay(this.#services.database, run))) {
      const reason = 'Waiting until what the booking of the meeting has started is done.';
      const dueAt = this.#services.clock.now() + LOOK_AGAIN_MS;
      await this.#giveBack(held, dueAt, { notes: step.notes.includes(reason) ? step.notes : [...step.notes, reason] });
      return undefined;
    }
    const ready = await prepared(this.#services, held, definition, note);
    if ('skip' in ready) return { kind: 'skipped', change: { notes: [...notes, ready.skip] } };
    if ('lookAgainAt' in ready) {
      await this.#giveBack(held, ready.lookAgainAt);
      return undefined;
    }
    const { installed, intent } = ready;
    step.input = intent.input;
    const stale = await this.#stale(held, installed.action.notification === true, intent.input);
    if (stale) return { kind: 'skipped', change: { input: intent.input, notes: [...notes, stale] } };
    const result = await this.#calls.perform({ held, installed, intent, note }).finally(() => {
      step.notes = notes;
    });
    return this.#afterCall(held, result, { installed, intent });
  }

  /**
   * A step of named effects: each is a step of its own beside it, all of them written at once. It waits for them, and its outcome is what
   * they came to together.
   */
  async #fanOut(
    held: HeldStep,
    definition: ActionStep,
    action: CheckedAction,
    { notes, note }: { notes: string[]; note(sentence: string): void },
  ): Promise<Verdict | undefined> {
    const { database, clock, ring } = this.#services;
    const { step, run, token } = held;
    const made = await effectsOf(database.reader, step);
    if (made.length > 0) {
      const outcome = effectsOutcome(step, made);
      if (outcome) return fanOutVerdict(outcome, { input: step.input, notes, attempts: this.#attempts(step) });
      const now = clock.now();
      ring(await database.write(tx => waitForEffects(tx, step, token, { now, lookAt: now + EFFECTS_LOOK_MS })));
      return undefined;
    }
    const stale = await this.#stale(held, action.notification === true, definition.input ?? {});
    if (stale) return { kind: 'skipped', change: { notes: [...notes, stale] } };
    const { input, asides, output } = await effectsToMake(this.#services, held, note);
    if (asides.length === 0) {
      const kind = output ? 'succeeded' : 'skipped';
      return { kind, change: { input, notes, attempts: this.#attempts(step), ...(output && { output }) } };
    }
    const now = clock.now();
    const rows = asides.map(aside => asideRow(run, aside, now));
    const back = { status: 'ready' as const, dueAt: now + EFFECTS_LOOK_MS, input, notes };
    const bells = await database.write(async tx =>
      (await changeHeld(tx, step, token, back)) ? insertAsides(tx, rows) : [],
    );
    ring(bells);
    return undefined;
  }

  /** The end of a snooze: what follows is written together with the outcome. */
  #wake(held: HeldStep, { input }: ActionStep): Verdict {
    const { alerts, clock } = this.#services;
    return {
      kind: 'succeeded',
      change: { input, attempts: this.#attempts(held.step) },
      effect: async tx => {
        const wanted = { until: Number(input?.until), now: clock.now() };
        const { woken, bells } = await wakeAlert(alerts, tx, held.step, wanted);
        return { output: { woken }, bells };
      },
    };
  }

  /** A notification that could not be sent within its life is not sent any more, unless it may have been already. */
  async #stale({ step, run }: HeldStep, notification: boolean, input: unknown): Promise<string | undefined> {
    if (!notification || step.unsettledUntil !== null) return undefined;
    // A step of named effects is looked at before its input is rendered: a template is no number yet.
    const { lifeMinutes } = input as { lifeMinutes?: unknown };
    const life =
      typeof lifeMinutes === 'number'
        ? lifeMinutes
        : (await this.#services.settingsOf(run.workspaceId)).alertLifeMinutes;
    const age = this.#services.clock.now() - step.createdAt;
    if (age <= life * 60_000) return undefined;
    return `Not sent: it waited ${Math.round(age / 60_000)} minutes, longer than its life of ${life}.`;
  }

  async #afterCall(held: HeldStep, result: CallResult, { installed, intent }: Prepared): Promise<Verdict | undefined> {
    const { step, run } = held;
    switch (result.kind) {
      case 'lost':
        return undefined;
      case 'done':
        return {
          kind: 'succeeded',
          change: {
            input: step.input,
            output: result.output,
            notes: step.notes,
            attempts: this.#attempts(step),
          },
          effect: async tx => {
            const push = step.action === pushRecordAction.id;
            const about = { run, connector: installed.connector, facts: intent.facts, push };
            const now = this.#services.clock.now();
            await keepOutput(tx, { ...about, now }, result.output);
            const shown = intent.facts.alert;
            if (!shown) return {};
            const done = { step, connector: installed.connector.id, output: result.output, shown, now };
            return { bells: await keepForAlert(this.#services.alerts, tx, done) };
          },
        };
      case 'back':
        await this.#giveBack(held, result.dueAt, { input: step.input, notes: this.#noted(step, result) });
        return undefined;
      case 'park':
        await this.#park(held, result.parkedFor, new StepError('unauthorized', result.reason));
        return undefined;
    }
  }

  /** A wait that a person may notice is explained, once. */
  #noted({ notes }: StepRow, { dueAt, reason }: { dueAt: number; reason: string }): string[] {
    const long = dueAt - this.#services.clock.now() >= NOTICED_MS;
    return long && notes.at(-1) !== reason ? [...notes, reason] : notes;
  }

  async #finish(held: HeldStep, verdict: Verdict): Promise<StepRow | undefined> {
    const { database, clock, ring, leaseMs, reached, stopping, metrics } = this.#services;
    const now = clock.now();
    const untilSql = `${database.clockSql(String(now))} + ${leaseMs}`;
    const keep = stopping() ? undefined : { token: held.token, untilSql };
    const finished = await database.write(tx => finishStep(tx, held, verdict, now, keep));
    if (finished.lost) return undefined;
    const outcome = verdict.kind === 'failed' ? (verdict.change.error?.kind ?? 'failed') : verdict.kind;
    metrics.steps.inc({ action: held.step.action, outcome });
    reached('outcome recorded');
    ring(finished.bells);
    return finished.next;
  }

  async #failed(held: HeldStep, error: unknown): Promise<StepRow | undefined> {
    const { clock, log, random } = this.#services;
    const { step } = held;
    const call = error instanceof CallFailure ? error : undefined;
    const failure = call?.failure ?? asStepError(error);
    if (failure.kind === 'defect')
      log.error({ err: error, step: step.id, action: step.action }, 'a step failed in a way that is not understood');
    const now = clock.now();
    if (failure.details.schemaDrift) await this.#objectsChanged(step, now);
    const decision = retryDecision({
      kind: failure.kind,
      tries: Math.max(1, step.tries),
      firstTriedAt: step.intent?.firstTriedAt ?? now,
      now,
      random: random(),
      retryAfterMs: failure.details.retryAfterMs,
      refreshed: call?.refreshed ?? true,
      park: failure.details.park,
    });
    const attempts = this.#attempts(step, failure, decision.reason);
    // A look-up that fails leaves the first try as it was: without an outcome.
    const unsettledUntil = call?.unsettled ? step.unsettledUntil : null;
    if (decision.action !== 'give_up') this.#services.metrics.retries.inc({ action: step.action, kind: failure.kind });
    switch (decision.action) {
      case 'retry': {
        const tries = decision.counts || call?.unsettled ? step.tries : Math.max(0, step.tries - 1);
        await this.#giveBack(held, decision.dueAt, { attempts, tries, unsettledUntil, input: step.input });
        return undefined;
      }
      case 'settle':
        await this.#giveBack(held, Math.max(decision.dueAt, step.unsettledUntil ?? now), {
          attempts,
          input: step.input,
        });
        return undefined;
      case 'park':
      case 'refresh': {
        const connector = this.#connectorOf(step);
        const parkedFor = failure.kind === 'unauthorized' ? `connection:${connector}` : 'decision';
        await this.#park(held, parkedFor, failure, {
          attempts,
          unsettledUntil: failure.kind === 'uncertain' ? step.unsettledUntil : unsettledUntil,
        });
        return undefined;
      }
      case 'give_up':
        return this.#finish(held, {
          kind: 'failed',
          change: { attempts, input: step.input, notes: step.notes, error: errorOf(failure) },
        });
    }
  }

  async #giveBack({ step, token }: HeldStep, dueAt: number, change: StepChange = {}): Promise<void> {
    const { database, ring } = this.#services;
    const back = { notes: step.notes, tries: step.tries, ...change, status: 'ready' as const, dueAt };
    if (await changeHeldAlone(database, step, token, back)) {
      ring([bellOf({ id: step.id, tries: back.tries, dueAt })]);
    }
  }

  async #park(
    { step, run, token }: HeldStep,
    parkedFor: string,
    failure: StepError,
    change: StepChange = {},
  ): Promise<void> {
    const attempts = change.attempts ?? this.#attempts(step, failure);
    const parked = {
      input: step.input,
      notes: step.notes,
      ...change,
      attempts,
      status: 'parked' as const,
      parkedFor,
      error: errorOf(failure),
    };
    await this.#services.database.write(async tx => {
      // What follows from what people did with an alert is not what the run waits for.
      const waits = step.definition === null || step.parentId !== null;
      if ((await changeHeld(tx, step, token, parked)) && waits) await parkRun(tx, run);
    });
  }

  /** Whom the step goes to. */
  #connectorOf({ action, input }: StepRow): string | undefined {
    if (action === pushRecordAction.id) return (input as PushInput | null)?.destination;
    return this.#services.findAction(action)?.connector.id;
  }

  /** What is kept of the vendor's objects is void, in every process. */
  async #objectsChanged(step: StepRow, now: number): Promise<void> {
    const connector = this.#connectorOf(step);
    if (connector === undefined) return;
    const { workspaceId } = step;
    await this.#services.database.write(({ manager }) =>
      manager.update(Connections, { workspaceId, connector }, { schemaChangedAt: now }),
    );
  }

  #attempts(step: StepRow, failure?: StepError, decision?: string): Attempt[] {
    const attempt: Attempt = { at: this.#services.clock.now() };
    if (failure) {
      attempt.kind = failure.kind;
      attempt.reason = decision ? `${failure.message} ${decision}` : failure.message;
      if (failure.details.vendorRequestId) attempt.vendorRequestId = failure.details.vendorRequestId;
    }
    return [...step.attempts, attempt].slice(-MOST_ATTEMPTS_KEPT);
  }
}

function fanOutVerdict({ kind, output, failed }: EffectsOutcome, change: StepChange): Verdict {
  if (failed === undefined) return { kind, change: { ...change, output } };
  return { kind, change: { ...change, output, error: { kind: 'rejected', message: failed } } };
}

const MOST_ATTEMPTS_KEPT = 50;
/** How often a step looks at its effects where nothing wakes it. */
const EFFECTS_LOOK_MS = 30_000;
const NOTICED_MS = 5_000;

async function parkRun({ manager }: Transaction, run: RunRow): Promise<void> {
  await manager.update(Runs, { id: run.id, status: 'running' }, { status: 'parked' });
}

/** @throws what it was given where the database is out: that says nothing about the step, which comes back when its lease lapses */
const asStepError = (error: unknown): StepError => {
  if (error instanceof StepError) return error;
  if (isOutage(error)) throw error;
  if (error instanceof TemplateError) return new StepError('rejected', error.message, { field: error.path });
  return new StepError('defect', 'Something went wrong inside Baton. The log has the details.', { cause: error });
};

const errorOf = ({ kind, message, details }: StepError): StepRow['error'] => ({
  kind,
  message,
  field: details.field,
  vendorCode: details.vendorCode,
  vendorMessage: details.vendorMessage,
});
