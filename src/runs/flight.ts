import type { ConnectionRow } from '../db/entities.ts';
import type { Account } from '../sdk/auth.ts';
import { type Action, type ActionContext, StepError } from '../sdk/index.ts';
import { type LeftBehind, looksUp, type Passenger, recordIntents, releaseRecords } from './boarding.ts';
import type { Back, Door, Passage } from './door.ts';
import type { HeldStep, InstalledAction, RunServices } from './services.ts';

export type Park = { kind: 'park'; parkedFor: string; reason: string };
/** done: it is applied · back: nothing was sent, look again at `dueAt` · park: it waits for somebody · lost: another worker has the step. */
export type CallResult = { kind: 'done'; output: unknown } | Park | LeftBehind;
/** absent: the first try was surely not applied. */
export type LookUpResult = { kind: 'found'; output: unknown } | { kind: 'absent' } | Back | Park;

/** A call that failed, with what the engine must know to decide what follows. */
export class CallFailure extends Error {
  readonly failure: StepError;
  /** The credential has been renewed once for it, or cannot be. */
  readonly refreshed: boolean;
  /** A look-up failed: of the first try no outcome is known, as before. */
  readonly unsettled: boolean;
  constructor(failure: StepError, { refreshed, unsettled }: Pick<CallFailure, 'refreshed' | 'unsettled'>) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.refreshed = refreshed;
    this.unsettled = unsettled;
  }
}

type Shared = Omit<ActionContext, 'stepKey' | 'facts' | 'note' | 'signal' | 'publish'>;
/** What is the same for all that travel in one call. */
type Flight<Result extends CallResult | LookUpResult> = {
  unsettled: boolean;
  /** Answers one result or failure per passenger, in order. `again`: the vendor refused the first credential. */
  call(passengers: Passenger[], shared: Shared, again: boolean): Promise<(Result | StepError)[]>;
};

/** Makes the vendor calls, each for one step or for a batch of one action and connection. */
export class Flights {
  readonly #services: RunServices;
  readonly #door: Door;

  constructor(services: RunServices, door: Door) {
    this.#services = services;
    this.#door = door;
  }

  /** Sends: intents on disk, then one call. A step whose lease was lost by then, or whose record somebody else works on, is left out. */
  async send(passengers: Passenger[], waited: boolean): Promise<(CallResult | CallFailure)[]> {
    const results = await this.#fly<CallResult>(passengers, waited, {
      unsettled: false,
      call: (those, shared, again) => this.#sendAll(those, shared, { again, waited }),
    });
    const over = passengers.filter((_, position) => !mayStillLand(results[position]));
    await releaseRecords(this.#services, over);
    return results;
  }

  /** Finds out about tries without an outcome, by one call of the action's `findMany`. */
  lookUp(passengers: Passenger[], waited: boolean): Promise<(LookUpResult | CallFailure)[]> {
    return this.#fly<LookUpResult>(passengers, waited, {
      unsettled: true,
      call: (those, shared) => this.#findAll(those, shared),
    });
  }

  async #fly<Result extends CallResult | LookUpResult>(
    passengers: Passenger[],
    waited: boolean,
    flight: Flight<Result>,
  ): Promise<(Result | Back | Park | CallFailure)[]> {
    const { held, installed, intent, connection: known } = passengers[0]!;
    // While it waited, the connection may have been paused, or lost.
    const connection = waited ? await connectionOf(this.#services, held, installed) : known;
    if (connection && 'kind' in connection) return passengers.map(() => connection);
    const limit = flight.unsettled ? undefined : installed.action.limit?.(intent.input);
    const passage = await this.#door.enter(connection, installed, limit);
    if ('kind' in passage) return passengers.map(() => passage);
    try {
      const results = await this.#withCredential(passengers, connection, passage, flight);
      await passage.judge(results.flatMap(answerOf));
      return results;
    } finally {
      await passage.leave();
    }
  }

  /** A credential that is refused is renewed once, free of charge, and those that it was refused for are sent again. */
  async #withCredential<Result extends CallResult | LookUpResult>(
    passengers: Passenger[],
    connection: ConnectionRow | undefined,
    passage: Passage,
    { call, unsettled }: Flight<Result>,
  ): Promise<(Result | CallFailure)[]> {
    const { tokens } = this.#services;
    const results = new Map<Passenger, Result | CallFailure>();
    const attempt = async (those: Passenger[], refused?: number): Promise<void> => {
      const again = refused !== undefined;
      let version = 0;
      let answers: (Result | StepError)[];
      try {
        const fresh = connection && (await tokens.fresh(connection, again ? { notVersion: refused } : {}));
        version = fresh?.version ?? 0;
        answers = await call(those, await this.#shared(those[0]!, connection, fresh?.grant, passage), again);
      } catch (error) {
        // What goes wrong on our side is not the vendor's doing, and not for its connector to explain.
        if (!(error instanceof StepError)) throw error;
        answers = those.map(() => error);
      }
      const turnedAway: Passenger[] = [];
      for (const [position, passenger] of those.entries()) {
        const answer = answers[position]!;
        const unauthorized = answer instanceof StepError && answer.kind === 'unauthorized' && version > 0;
        if (unauthorized) turnedAway.push(passenger);
        const failed = { refreshed: again || version === 0, unsettled };
        results.set(passenger, answer instanceof StepError ? new CallFailure(answer, failed) : answer);
      }
      if (turnedAway.length === 0) return;
      if (!again) return attempt(turnedAway, version);
      const { failure } = results.get(turnedAway[0]!) as CallFailure;
      await tokens.refuse(connection!, version, failure.message);
    };
    await attempt(passengers);
    return passengers.map(passenger => results.get(passenger)!);
  }

  async #shared(
    { held, installed }: Passenger,
    connection: ConnectionRow | undefined,
    grant: Parameters<InstalledAction['connector']['open']>[0]['grant'],
    { onUsage }: Passage,
  ): Promise<Shared> {
    const { connector, settings } = installed;
    return {
      client: connector.open({ grant, settings, timeoutMs: connector.limits.callTimeoutMs, onUsage }),
      settings,
      account: (connection?.account ?? undefined) as Account | undefined,
      now: () => this.#services.clock.now(),
      recall: key => this.#services.recall(connection, key),
      signingSecret: await this.#services.signingSecretOf(held.run.workspaceId),
    };
  }

  async #sendAll(
    passengers: Passenger[],
    shared: Shared,
    how: { again: boolean; waited: boolean },
  ): Promise<(CallResult | StepError)[]> {
    const { reached } = this.#services;
    const boarded = await recordIntents(this.#services, passengers, how);
    const aboard = passengers.filter((_, position) => boarded[position] === 'aboard');
    if (aboard.length === 0) return boarded as CallResult[];
    reached('intent recorded');
    let outputs: unknown[];
    try {
      outputs = await inTime(aboard[0]!.installed, signal => carry(this.#services, aboard, { ...shared, signal }));
      reached('vendor answered');
    } catch (error) {
      outputs = aboard.map(() => this.#classified(aboard[0]!, error));
    }
    const next = outputs.values();
    return boarded.map(state => {
      if (state !== 'aboard') return state;
      const output: unknown = next.next().value;
      return output instanceof StepError ? output : { kind: 'done', output };
    });
  }

  async #findAll(passengers: Passenger[], shared: Shared): Promise<(LookUpResult | StepError)[]> {
    const { installed } = passengers[0]!;
    const { action } = installed;
    if (!looksUp(action)) throw new StepError('defect', `${action.id} cannot look up what became of a first try.`);
    const items = passengers.map(({ held, intent: { input, facts, firstTriedAt } }) => {
      return { stepKey: held.step.stepKey, firstTriedAt, input, facts };
    });
    try {
      const found = await inTime(installed, signal => action.replay.findMany({ ...shared, signal }, items));
      onePerItem(action, found, items);
      return found.map(output => {
        if (output instanceof StepError) return output;
        return output === undefined ? { kind: 'absent' } : { kind: 'found', output };
      });
    } catch (error) {
      throw asLookUp(this.#classified(passengers[0]!, error));
    }
  }

  #classified({ installed }: Passenger, error: unknown): StepError {
    return error instanceof StepError ? error : installed.connector.classify(error);
  }
}

/** What the vendor said about one that travelled; nothing about one that did not. */
function answerOf(result: CallResult | LookUpResult | CallFailure): (StepError | undefined)[] {
  if (result instanceof CallFailure) return [result.failure];
  return ['done', 'found', 'absent'].includes(result.kind) ? [undefined] : [];
}

/** Nobody else is let near the record of a call that we gave up on, until its lease lapses or the call is settled. */
const mayStillLand = (result: CallResult | CallFailure | undefined): boolean =>
  result instanceof CallFailure && result.failure.kind === 'uncertain';

/** Alone as the action's `run`, several as its `batch`. */
async function carry(
  { publish }: Pick<RunServices, 'publish'>,
  aboard: Passenger[],
  shared: Shared & Pick<ActionContext, 'signal'>,
): Promise<unknown[]> {
  const { held, installed } = aboard[0]!;
  const { action } = installed;
  const items = aboard.map(({ held, intent, note }) => {
    return { stepKey: held.step.stepKey, facts: intent.facts, input: intent.input, note };
  });
  if (items.length === 1) {
    const { input, ...item } = items[0]!;
    const { workspaceId, stepKey } = held.step;
    const own = {
      ...item,
      publish: (topic: string, data: unknown) => publish({ workspaceId, topic, key: stepKey }, data),
    };
    return [await action.run({ ...shared, ...own }, input)];
  }
  const outputs = await action.batch!.run(shared, items);
  onePerItem(action, outputs, items);
  return outputs;
}

function onePerItem({ id }: Action, answers: unknown[], items: unknown[]): void {
  if (answers.length === items.length) return;
  throw new StepError('defect', `${id} answered ${answers.length} results for ${items.length} items.`);
}

/** The connection that a step is to use (undefined where its connector needs none), or what it waits for. */
export async function connectionOf(
  { connections }: RunServices,
  { run }: HeldStep,
  { connector, settings }: InstalledAction,
): Promise<ConnectionRow | Park | undefined> {
  if (connector.auth.kind === 'none') {
    const missing = (connector.auth.requires ?? []).filter(name => settings[name] === undefined);
    if (missing.length === 0) return undefined;
    throw new StepError('rejected', `${connector.title} cannot be used: ${missing.join(' and ')} must be set.`);
  }
  const row = await connections.current(run.workspaceId, connector.id);
  if (row?.status === 'active') return row;
  const why = row?.reason ? ` ${row.reason}` : '';
  const reason = row
    ? `${connector.title} must be connected again.${why}`
    : `${connector.title} is not connected. Connect it, and this step goes on.`;
  return { kind: 'park', parkedFor: `connection:${connector.id}`, reason };
}

/** A look-up changes nothing, so one of which no answer came may simply be asked again. */
function asLookUp({ kind, message, details }: StepError): StepError {
  if (kind === 'throttled' || kind === 'unauthorized') return new StepError(kind, message, details);
  const told = `Whether the first try was applied could not be found out: ${message}`;
  return new StepError(kind === 'uncertain' ? 'transient' : kind, told, details);
}

/** Gives the work a signal that aborts at its deadline; the engine does not hang on an SDK that ignores it. */
async function inTime<T>({ connector }: InstalledAction, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const milliseconds = connector.limits.callTimeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const sentence = `${connector.title} did not answer within ${milliseconds / 1000} s; the request may have been applied.`;
    timer = setTimeout(() => reject(new StepError('uncertain', sentence)), milliseconds + 500);
  });
  try {
    return await Promise.race([work(AbortSignal.timeout(milliseconds)), late]);
  } finally {
    clearTimeout(timer);
  }
}
