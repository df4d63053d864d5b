import { type Content, inputOf, numbersIn, Refusal, stamp } from './answers.ts';
import type { Leads } from './leads.ts';

type Attribute = { apiName: string; name: string; dataType: string };
export type ActivityType = {
  id: number;
  apiName: string;
  name: string;
  description: string;
  triggerName: string;
  filterName: string;
  status: 'draft' | 'approved';
  primaryAttribute: Attribute;
  attributes: Attribute[];
};
export type Activity = {
  id: number;
  leadId: number;
  activityDate: string;
  activityTypeId: number;
  primaryAttributeValue: string;
  attributes: { name: string; value: string }[];
  addedAt: number;
};

const MOST_LEADS = 30;
const MOST_TYPES = 10;
const PAGE = 300;
const MOST_ATTRIBUTE_BYTES = 65_536;
/** Adding says `errors` where other calls say `reasons`. */
const skipped = (code: string, message: string) => ({ status: 'skipped', errors: [{ code, message }] });

/** Custom activity types and the log of what was added. */
export function createActivities({ leads, now, types }: { leads: Leads; now(): number; types: ActivityType[] }) {
  let activities: Activity[] = [];
  const typeShape = ({ primaryAttribute: _p, attributes: _a, ...shown }: ActivityType) => ({
    ...shown,
    createdAt: '2026-03-02T09:00:00Z',
    updatedAt: '2026-03-02T09:00:00Z',
  });

  function addOne(record: Record<string, unknown>) {
    const { leadId, activityDate, activityTypeId, primaryAttributeValue, attributes } = record;
    const missing = ['leadId', 'activityDate', 'activityTypeId', 'primaryAttributeValue', 'attributes'].find(
      name => record[name] === undefined || record[name] === null || record[name] === '',
    );
    if (missing) return skipped('1002', `Missing value for the required parameter '${missing}'`);
    if (Number.isNaN(Date.parse(String(activityDate))))
      return skipped('1001', `Invalid value '${String(activityDate)}'. Required of type 'datetime'`);
    const type = types.find(({ id }) => id === activityTypeId);
    if (type?.status !== 'approved') return skipped('1013', 'Activity type not found');
    if (!leads.byId(Number(leadId))) return skipped('1004', 'Lead not found');
    if (!Array.isArray(attributes)) return skipped('1001', "Invalid value for 'attributes'. Required of type 'array'");
    if (Buffer.byteLength(JSON.stringify(attributes)) > MOST_ATTRIBUTE_BYTES)
      return skipped('1049', 'Attributes array too long');
    const given = (attributes as Partial<Attribute & { value: unknown }>[]).map(each => {
      const known = type.attributes.find(({ apiName, name }) => apiName === each.apiName || name === each.name);
      return { known, asked: each.apiName ?? each.name, value: String(each.value ?? '') };
    });
    const strange = given.find(({ known }) => !known);
    if (strange) return skipped('1006', `Field '${strange.asked}' not found`);
    const id = 102_988 + activities.length;
    activities.push({
      id,
      leadId: Number(leadId),
      activityDate: stamp(Date.parse(String(activityDate))),
      activityTypeId: type.id,
      primaryAttributeValue: String(primaryAttributeValue),
      attributes: given.map(({ known, value }) => ({ name: known!.name, value })),
      addedAt: now(),
    });
    return { id, marketoGUID: String(id), status: 'added' };
  }

  return {
    types,
    reset: () => {
      activities = [];
    },
    all: () => activities,
    listTypes: (): Content => ({ result: types.map(typeShape) }),
    describe(apiName: string): Content {
      const type = types.find(each => each.apiName === apiName);
      if (!type) throw new Refusal('1013', 'Activity type not found');
      const { primaryAttribute, attributes } = type;
      return { result: [{ ...typeShape(type), primaryAttribute, attributes }] };
    },
    add: (body: Record<string, unknown>): Content => ({ result: inputOf(body).map(addOne) }),
    pagingToken(question: URLSearchParams): Content {
      const since = Date.parse(question.get('sinceDatetime') ?? '');
      if (Number.isNaN(since))
        throw new Refusal('1001', "Invalid value for 'sinceDatetime'. Required of type 'datetime'");
      return { nextPageToken: tokenOf(since, 0) };
    },
    /** GET /rest/v1/activities.json */
    log(question: URLSearchParams): Content {
      const typeIds = numbersIn(question, 'activityTypeIds');
      const leadIds = numbersIn(question, 'leadIds');
      if (typeIds.length === 0 || typeIds.length > MOST_TYPES)
        throw new Refusal('1003', `activityTypeIds takes 1 to ${MOST_TYPES} ids`);
      if (leadIds.length > MOST_LEADS) throw new Refusal('1003', `leadIds takes up to ${MOST_LEADS} ids`);
      const { since, from } = readToken(question.get('nextPageToken'));
      const found = activities.filter(
        each =>
          Date.parse(each.activityDate) >= since &&
          typeIds.includes(each.activityTypeId) &&
          (leadIds.length === 0 || leadIds.includes(each.leadId)),
      );
      const page = found.slice(from, from + PAGE);
      return {
        result: page.map(({ addedAt: _, ...shown }) => ({ ...shown, marketoGUID: String(shown.id) })),
        moreResult: from + PAGE < found.length,
        nextPageToken: tokenOf(since, from + page.length),
      };
    },
  };
}
export type Activities = ReturnType<typeof createActivities>;

const tokenOf = (since: number, from: number): string => Buffer.from(`${since} ${from}`).toString('base64url');

function readToken(token: string | null): { since: number; from: number } {
  const [since = Number.NaN, from = Number.NaN] = Buffer.from(token ?? '', 'base64url')
    .toString()
    .split(' ')
    .map(Number);
  if (Number.isNaN(since) || Number.isNaN(from)) throw new Refusal('1003', 'Invalid nextPageToken');
  return { since, from };
}
