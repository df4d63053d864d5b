import {
  defineAction,
  emailKey,
  manyAtOnce,
  onePersonAtATime,
  type PushOutput,
  pushInRounds,
  pushOutput,
  StepError,
} from '../../../src/sdk/index.ts';
import { type BatchContext, MOST_IN_ONE_CALL } from '../batch.ts';
import type { HubSpotClient } from '../client.ts';
import { linkCompanies } from '../companies.ts';
import { type Contact, findByEmails } from '../contacts.ts';
import { haveMet, likelyNew } from '../newcomers.ts';
import { contactProperties, type Properties } from '../properties.ts';
import {
  chooseOwners,
  creationOf,
  type HubSpotPushInput,
  type Plan,
  type PushItem,
  plansFor,
  pushed,
  pushInput,
  readsFirst,
  updateOf,
} from '../push.ts';
import { createNew, type Upsert, upsertAll, type Written } from '../write.ts';

type Result = PushOutput | StepError;
type Results = Map<PushItem, Result>;

export const pushRecord = defineAction<HubSpotPushInput, PushOutput, HubSpotClient>({
  id: 'hubspot.push_record',
  title: 'Push to HubSpot',
  description: 'Updates the contact with the visitor’s e-mail, or creates it.',
  input: pushInput,
  output: pushOutput,
  fits: {},
  // HubSpot itself keeps an e-mail to one contact: a repeat finds what the first try made.
  replay: 'safe',
  exclusive: onePersonAtATime,
  ...manyAtOnce(MOST_IN_ONE_CALL, pushAll),
});

function pushAll(context: BatchContext, items: PushItem[]): Promise<Result[]> {
  return pushInRounds(items, people => pushPeople(context, people));
}

const CREATED = 'No contact had the visitor’s e-mail: it was created.';

/** A contact that is deleted or merged again and again while we write it. */
const MOST_ROUNDS = 3;
const restless = () =>
  new StepError('transient', 'The contact changed again and again while it was written. It is matched anew.');

async function pushPeople(context: BatchContext, emails: Map<PushItem, string>): Promise<Results> {
  const { plans, properties, refused } = await plansFor(context, emails);
  const results: Results = new Map(refused);
  const push = new Push(context, properties, results);
  const left = await push.make(plans, likelyNew(context, plans.filter(readsFirst)));
  const reading = left.filter(readsFirst);
  const found = await findFor(context, reading);
  const isFound = ({ email }: Plan) => found.has(emailKey(email));
  haveMet(context, reading.filter(isFound));
  await chooseOwners(
    context,
    reading.filter(plan => !isFound(plan)),
  );
  await push.write(left, found);
  if (context.client.linksCompanies) await linkCompanies(context, results);
  return results;
}

async function findFor(context: BatchContext, plans: Plan[]): Promise<Map<string, Contact>> {
  if (plans.length === 0) return new Map();
  const names = [...new Set(plans.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const emails = plans.map(({ email }) => email);
  return findByEmails(context, emails, names);
}

/** The pushes of one batch, on their way to being written. */
class Push {
  readonly #context: BatchContext;
  readonly #properties: Properties;
  readonly #results: Results;
  constructor(context: BatchContext, properties: Properties, results: Results) {
    this.#context = context;
    this.#properties = properties;
    this.#results = results;
  }

  /** Makes those who are likely new. Answers all of the plans that are still to be carried out. */
  async make(plans: Plan[], newcomers: Plan[]): Promise<Plan[]> {
    if (newcomers.length === 0) return plans;
    await chooseOwners(this.#context, newcomers);
    const said = new Map<Plan, string[]>();
    const creations = newcomers.map(plan => {
      const notes: string[] = [];
      said.set(plan, notes);
      const item = { ...plan.item, note: (sentence: string) => void notes.push(sentence) };
      return { email: plan.email, properties: creationOf({ ...plan, item }) };
    });
    const made = await createNew(this.#context, creations);
    const settled = new Set<Plan>();
    for (const [index, plan] of newcomers.entries()) {
      const one = made[index];
      if (one === undefined) continue;
      settled.add(plan);
      if ('error' in one) this.#results.set(plan.item, one.error);
      else {
        for (const sentence of [CREATED, ...(said.get(plan) ?? [])]) plan.item.note(sentence);
        this.#done(plan, one.id, true);
      }
    }
    return plans.filter(plan => !settled.has(plan));
  }

  /** Found contacts are changed, all others made, together. */
  async write(plans: Plan[], found: Map<string, Contact>, round = 1): Promise<void> {
    const writes: { plan: Plan; contact: Contact | undefined; upsert: Upsert }[] = [];
    for (const plan of plans) {
      const contact = found.get(emailKey(plan.email));
      const change = contact ? updateOf(plan, contact, this.#properties) : undefined;
      if (contact && change && Object.keys(change).length === 0) {
        plan.item.note('The contact holds all of it already; nothing was changed.');
        this.#done(plan, contact.id, false);
      } else {
        const email = contact?.properties.email ?? plan.email;
        writes.push({ plan, contact, upsert: { email, properties: change ?? creationOf(plan) } });
      }
    }
    if (writes.length === 0) return;
    const names = [...new Set(plans.flatMap(({ lines }) => lines.map(({ name }) => name)))];
    const written = await upsertAll(
      this.#context,
      writes.map(({ upsert }) => upsert),
      names,
    );
    const again = writes.flatMap((write, index) =>
      this.#settle(write.plan, write.contact, write.upsert, written[index]!),
    );
    if (again.length === 0) return;
    if (round === MOST_ROUNDS) {
      for (const { plan } of again) this.#results.set(plan.item, restless());
      return;
    }
    const anew = again.flatMap(({ plan, contact }) => (contact ? [] : [plan]));
    await chooseOwners(this.#context, anew);
    const known = again.flatMap(({ plan, contact }) => (contact ? [[emailKey(plan.email), contact] as const] : []));
    await this.write(
      again.map(({ plan }) => plan),
      new Map(known),
      round + 1,
    );
  }

  /** Records what came of a write, or answers what is to be written once more, with the contact that it turned out to be. */
  #settle(
    plan: Plan,
    contact: Contact | undefined,
    upsert: Upsert,
    written: Written,
  ): { plan: Plan; contact?: Contact }[] {
    const { note } = plan.item;
    if ('owner' in written || ('created' in written && !written.created)) haveMet(this.#context, [plan]);
    if ('error' in written) {
      if (written.error.details.schemaDrift) contactProperties.forget(this.#context.client);
      this.#results.set(plan.item, written.error);
      return [];
    }
    if ('owner' in written) {
      note(`The visitor’s e-mail is a further address of contact ${written.owner.id}, which was taken.`);
      return [{ plan, contact: written.owner }];
    }
    if (contact && written.created) {
      note(`Contact ${contact.id} was deleted just now; it was made anew.`);
      return [{ plan }];
    }
    if (!contact && written.created) note(CREATED);
    else note(`The contact was found by e-mail. Changed: ${Object.keys(upsert.properties).join(', ')}.`);
    this.#done(plan, written.id, written.created);
    return [];
  }

  #done({ item }: Plan, id: string, created: boolean): void {
    this.#results.set(item, pushed(this.#context.client, id, created));
  }
}
