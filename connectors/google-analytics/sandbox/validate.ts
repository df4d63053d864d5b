/** One message of the validation server. */
export type Message = { fieldPath: string; description: string; validationCode: Code };
type Code =
  | 'VALUE_INVALID'
  | 'VALUE_REQUIRED'
  | 'NAME_INVALID'
  | 'NAME_RESERVED'
  | 'VALUE_OUT_OF_BOUNDS'
  | 'EXCEEDED_MAX_ENTITIES';

export type SentEvent = { name: string; params: Record<string, unknown>; at?: number };
/** A payload as far as it could be read, and what is wrong with it. `at` of an event is epoch ms. */
export type Judged = { clientId?: string; events: SentEvent[]; messages: Message[] };

const members = new Set([
  'app_instance_id',
  'client_id',
  'user_id',
  'timestamp_micros',
  'user_properties',
  'user_data',
  'consent',
  'non_personalized_ads',
  'user_location',
  'ip_override',
  'device',
  'user_agent',
  'validation_behavior',
  'events',
]);

/** https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference#reserved_names */
const reserved =
  /^(ad_activeview|ad_click|ad_exposure|ad_query|ad_reward|adunit_exposure|app_(clear_data|exception|install|remove|store_refund|update|upgrade)|dynamic_link_(app_open|app_update|first_open)|error|firebase_(campaign|in_app_message_(action|dismiss|impression))|first_(open|visit)|in_app_purchase|notification_(dismiss|foreground|open|receive)|os_update|session_start(_with_rollout)?|user_engagement)$/;

const DAY_MS = 86_400_000;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const said = (fieldPath: string, validationCode: Code, description: string): Message => ({
  fieldPath,
  description,
  validationCode,
});

/** Reads a payload as the Measurement Protocol does. `strict` is what ENFORCE_RECOMMENDATIONS adds: types, lengths and times. */
export const judge = (text: string, now: number): Judged => {
  const nothing = (description: string): Judged => ({
    events: [],
    messages: [said('', 'VALUE_INVALID', `Unable to parse Measurement Protocol JSON payload. ${description}`)],
  });
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return nothing('Expected a value.');
  }
  if (!isObject(body)) return nothing('Expected an object.');
  const unknown = Object.keys(body).find(name => !members.has(name));
  if (unknown !== undefined) return nothing(`(${unknown}): Cannot find field.`);
  const strict = body.validation_behavior === 'ENFORCE_RECOMMENDATIONS';
  const { client_id, events } = body;
  const messages: Message[] = [];
  if (typeof client_id !== 'string' || client_id === '')
    messages.push(said('client_id', 'VALUE_REQUIRED', 'Measurement requires a client_id.'));
  if (!Array.isArray(events) || events.length === 0)
    messages.push(said('events', 'VALUE_REQUIRED', 'Measurement requires at least one event.'));
  const list: unknown[] = Array.isArray(events) ? events : [];
  if (list.length > 25)
    messages.push(said('events', 'EXCEEDED_MAX_ENTITIES', `Measurement has [${list.length}] events; 25 are allowed.`));
  const at = Number(body.timestamp_micros) / 1_000;
  const late = body.timestamp_micros !== undefined && !(at > now - 3 * DAY_MS && at <= now + 60_000);
  if (late && strict)
    messages.push(said('timestamp_micros', 'VALUE_INVALID', 'Measurement timestamp is more than 3 days old.'));
  messages.push(...list.flatMap((event, index) => eventMessages(event, index, strict)));
  return {
    ...(typeof client_id === 'string' && { clientId: client_id }),
    events: list.filter(isObject).map(({ name, params }) => ({
      name: String(name),
      params: isObject(params) ? params : {},
      ...(body.timestamp_micros !== undefined && !late && { at }),
    })),
    messages,
  };
};

const eventMessages = (event: unknown, index: number, strict: boolean): Message[] => {
  if (!isObject(event) || typeof event.name !== 'string')
    return [said('events', 'VALUE_REQUIRED', `Event at index: [${index}] has no name.`)];
  const { name, params = {} } = event;
  const about = (description: string) => `Event at index: [${index}] ${description}`;
  const messages: Message[] = [];
  if (!/^[A-Za-z]/.test(name))
    messages.push(
      said(
        'events',
        'NAME_INVALID',
        about(`has invalid name [${name}]. Names must start with an alphabetic character.`),
      ),
    );
  else if (!/^[A-Za-z0-9_]+$/.test(name))
    messages.push(
      said(
        'events',
        'NAME_INVALID',
        about(`has invalid name [${name}]. Only alphanumeric characters and underscores are allowed.`),
      ),
    );
  if (name.length > 40)
    messages.push(
      said('events', 'VALUE_OUT_OF_BOUNDS', about(`has a name of [${name.length}] characters; 40 are allowed.`)),
    );
  if (reserved.test(name))
    messages.push(said('events', 'NAME_RESERVED', about(`has name [${name}] which is reserved.`)));
  if (!isObject(params))
    return [...messages, said('events.params', 'VALUE_INVALID', about('has params which are no object.'))];
  const names = Object.keys(params);
  if (names.length > 25)
    messages.push(
      said('events.params', 'EXCEEDED_MAX_ENTITIES', about(`has [${names.length}] params; 25 are allowed.`)),
    );
  return [
    ...messages,
    ...Object.entries(params).flatMap(([key, value]) => parameterMessages(key, value, strict, about)),
  ];
};

const parameterMessages = (
  key: string,
  value: unknown,
  strict: boolean,
  about: (description: string) => string,
): Message[] => {
  const path = `events.params.${key}`;
  if (/^(_|firebase_|ga_|google_|gtag\.)/.test(key))
    return [said(path, 'NAME_RESERVED', about(`has param [${key}] whose prefix is reserved.`))];
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key) || key.length > 40)
    return [said(path, 'NAME_INVALID', about(`has param with invalid name [${key}].`))];
  if (!strict) return [];
  const most = { page_title: 300, page_referrer: 420, page_location: 1_000 }[key] ?? 100;
  if (typeof value === 'string' && value.length > most)
    return [
      said(
        path,
        'VALUE_OUT_OF_BOUNDS',
        about(`has param [${key}] of [${value.length}] characters; ${most} are allowed.`),
      ),
    ];
  if (key === 'value' && typeof value !== 'number')
    return [said(path, 'VALUE_INVALID', about(`has param [${key}] which is no number.`))];
  if (!['string', 'number'].includes(typeof value) && key !== 'items')
    return [said(path, 'VALUE_INVALID', about(`has param [${key}] with an unsupported value.`))];
  return [];
};
