import type { StandardError } from '@hubspot/api-client/lib/codegen/crm/contacts/index.js';
import { emailKey, StepError } from '../../src/sdk/index.ts';
import { type BatchContext, chunks } from './batch.ts';
import { type Contact, emailsOf, findById } from './contacts.ts';
import { classify, fromFailure } from './errors.ts';
import { type ErrorBody, errorBody, HubSpotFailure } from './wire.ts';

/** One contact to be made or changed: `email` is its primary address. */
export type Upsert = { email: string; properties: Record<string, string> };
/** `owner`: the address is a further one of that contact, and nothing was written. */
export type Written = { id: string; created: boolean } | { owner: Contact } | { error: StepError };

/**
 * Makes or changes contacts by e-mail, a hundred in one call. Answers one result per contact, in order; never throws for what HubSpot
 * answers. HubSpot refuses a batch as a whole where one input is wrong: then that one is found and the others go without it. A batch that
 * was refused has written nothing, so its inputs may be sent again.
 * @param properties which properties to read of the contacts that own an address
 */
export async function upsertAll(context: BatchContext, upserts: Upsert[], properties: string[]): Promise<Written[]> {
  const sending = new Sending(context, properties);
  for (const part of chunks(upserts)) await sending.send(part);
  return upserts.map(upsert => sending.results.get(upsert) ?? { error: unanswered() });
}

/**
 * Makes contacts in one call. Whoever is there already is left alone: HubSpot tells those apart by their trace ids. Answers one result
 * per contact, in order; undefined for one that was not made and is to be matched.
 */
export async function createNew(
  { client, signal }: BatchContext,
  creations: Upsert[],
): Promise<({ id: string } | { error: StepError } | undefined)[]> {
  try {
    const inputs = creations.map(({ email, properties }, index) => ({
      properties: { ...properties, email },
      associations: [],
      objectWriteTraceId: String(index),
    }));
    const { results } = await client.api(signal).contactBatches.create({ inputs });
    return creations.map((creation, index) => {
      const made = resultFor(results ?? [], creation, index);
      return made && { id: made.id };
    });
  } catch (thrown) {
    const error = classify(thrown);
    // Refused as a whole: nothing was made.
    return creations.map(() => (error.kind === 'rejected' ? undefined : { error }));
  }
}

/** A batch that is on its way, and all that it is divided into. */
class Sending {
  readonly results = new Map<Upsert, Written>();
  readonly #context: BatchContext;
  readonly #properties: string[];
  /** HubSpot has failed in a way that concerns whatever comes after it: nothing further is sent. */
  #halted: StepError | undefined;

  constructor(context: BatchContext, properties: string[]) {
    this.#context = context;
    this.#properties = properties;
  }

  async send(part: Upsert[]): Promise<void> {
    if (part.length === 0) return;
    if (this.#halted) return this.#fail(part, notSent(this.#halted));
    const { client, signal } = this.#context;
    try {
      const inputs = part.map(({ email, properties }, index) => ({
        id: email,
        idProperty: 'email',
        properties,
        objectWriteTraceId: String(index),
      }));
      const { data, headers } = await client.api(signal).contactBatches.upsertWithHttpInfo({ inputs });
      const errors = 'errors' in data ? (data.errors ?? []) : [];
      this.#accept(part, data.results ?? [], errors, headers['x-hubspot-correlation-id']);
    } catch (thrown) {
      await this.#refused(part, thrown);
    }
  }

  #fail(part: Upsert[], error: StepError): void {
    for (const upsert of part) this.results.set(upsert, { error });
  }

  #accept(part: Upsert[], results: Result[], errors: StandardError[], requestId: string | undefined): void {
    for (const [index, upsert] of part.entries()) {
      const result = resultFor(results, upsert, index) ?? (part.length === 1 ? results[0] : undefined);
      if (result) {
        this.results.set(upsert, { id: result.id, created: result._new === true });
        continue;
      }
      const error = errors.find(each => concerns(errorBody(each), upsert, index));
      if (!error) this.results.set(upsert, { error: unanswered() });
      else {
        const failure = { write: true, sent: true, requestId, status: error.category === 'CONFLICT' ? 409 : 400 };
        this.results.set(upsert, { error: fromFailure({ ...failure, body: errorBody(error) }) });
      }
    }
  }

  async #refused(part: Upsert[], thrown: unknown): Promise<void> {
    const error = classify(thrown);
    const body = thrown instanceof HubSpotFailure ? thrown.failure.body : undefined;
    if (error.kind !== 'rejected' || !body) {
      this.#halted = error;
      return this.#fail(part, error);
    }
    const owned = await this.#owned(part, body);
    if (owned) {
      for (const upsert of owned.upserts) this.results.set(upsert, { owner: owned.contact });
      return this.send(part.filter(upsert => !owned.upserts.includes(upsert)));
    }
    if (part.length === 1) return this.#fail(part, error);
    const suspects = part.filter((upsert, index) => concerns(body, upsert, index));
    if (suspects.length === 0 || suspects.length === part.length) {
      const half = Math.ceil(part.length / 2);
      await this.send(part.slice(0, half));
      return this.send(part.slice(half));
    }
    await this.send(part.filter(upsert => !suspects.includes(upsert)));
    for (const suspect of suspects) await this.send([suspect]);
  }

  /** Whose further address it is: "Contact already exists. Existing ID: 101". */
  async #owned(part: Upsert[], { message = '' }: ErrorBody) {
    const [, id] = /Existing ID: *(\d+)/i.exec(message) ?? [];
    if (id === undefined) return undefined;
    try {
      const contact = await findById(this.#context, id, this.#properties);
      const addresses = contact ? emailsOf(contact) : [];
      const upserts = part.filter(({ email }) => addresses.includes(emailKey(email)));
      return contact && upserts.length > 0 ? { contact, upserts } : undefined;
    } catch (thrown) {
      this.#halted = classify(thrown);
      return undefined;
    }
  }
}

type Result = { id: string; _new?: boolean; objectWriteTraceId?: string; properties?: Record<string, string | null> };

/** Results need not come in the order of the inputs. */
const resultFor = (results: Result[], { email }: Upsert, index: number): Result | undefined =>
  results.find(({ objectWriteTraceId }) => objectWriteTraceId === String(index)) ??
  results.find(
    ({ objectWriteTraceId, properties }) =>
      objectWriteTraceId === undefined && emailKey(properties?.email ?? '') === emailKey(email),
  );

/** Whether a refusal is about this input: it names its trace id or its e-mail, or one of its values of the property in question. */
function concerns({ message = '', complaints, context = {} }: ErrorBody, upsert: Upsert, index: number): boolean {
  const contexts = [context, ...complaints.map(complaint => complaint.context)];
  if (contexts.some(({ objectWriteTraceId }) => objectWriteTraceId?.includes(String(index)))) return true;
  const words = [
    message,
    ...complaints.map(complaint => complaint.message),
    ...contexts.flatMap(({ ids }) => ids ?? []),
  ];
  const mentions = (value: string) => words.some(each => each.toLowerCase().includes(value.toLowerCase()));
  if (mentions(upsert.email)) return true;
  return complaints.some(({ context: { propertyName = [] } }) =>
    propertyName.some(name => (upsert.properties[name]?.length ?? 0) > 1 && mentions(upsert.properties[name]!)),
  );
}

const unanswered = () =>
  new StepError('uncertain', 'HubSpot answered without saying what became of this contact; it is written again.');

/** What the same trouble means for what was not sent because of it. */
function notSent({ kind, message, details }: StepError): StepError {
  if (kind !== 'uncertain') return new StepError(kind, message, details);
  return new StepError('transient', `Not sent, since the call before it failed. ${message}`, details);
}
