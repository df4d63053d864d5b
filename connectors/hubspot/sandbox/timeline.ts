import { randomUUID } from 'node:crypto';
import { HubSpotError, invalid, notFound } from './errors.ts';
import type { Body } from './requests.ts';
import { templateId, templateTokens } from './seed.ts';
import { eventShape } from './shapes.ts';
import type { Store } from './store.ts';

const MOST_BYTES = 1024 * 1024;

/** The timeline events of the app. Events cannot be changed, and an id is used once. */
export const createTimeline = (store: Store, now: () => number, controls: { timeline: 'allowed' | 'closed' }) => {
  const checkApp = (): void => {
    if (controls.timeline === 'closed')
      throw new HubSpotError(403, 'This app is not allowed to use the timeline events API.', { category: 'FORBIDDEN' });
  };
  return {
    create(event: Body<'event'>) {
      checkApp();
      if (event.eventTemplateId !== templateId) throw notFound(`No event template with id ${event.eventTemplateId}`);
      const unknown = Object.keys(event.tokens).filter(name => !templateTokens.includes(name));
      if (unknown.length > 0) throw invalid(`The tokens [${unknown.join(', ')}] are not defined in the event template`);
      if (Buffer.byteLength(JSON.stringify(event)) > MOST_BYTES) throw invalid('The event is larger than 1 MB');
      const contact = event.objectId ? store.get('contacts', event.objectId) : store.holderOf(event.email ?? '');
      if (!contact) throw invalid('No contact could be found for the event');
      const id = event.id ?? randomUUID();
      if (store.event(templateId, id)) throw invalid(`An event with the id ${id} already exists`);
      const { tokens, extraData } = event;
      const stored = { id, eventTemplateId: templateId, objectId: contact.id, tokens, createdAt: now() };
      store.addEvent({ ...stored, ...(extraData && { extraData }) });
      return eventShape(store.event(templateId, id)!);
    },
    get(template: string, id: string) {
      checkApp();
      const event = store.event(template, id);
      if (!event) throw notFound(`No event with id ${id}`);
      return eventShape(event);
    },
  };
};
