import { type Content, inputOf, pageOf, Refusal, skip, stamp } from './answers.ts';
import type { Leads } from './leads.ts';

export type Channel = { id: number; name: string; statuses: { name: string; step: number; success: boolean }[] };
export type Program = {
  id: number;
  name: string;
  type: string;
  channel: string;
  tags: { tagType: string; tagValue: string }[];
};
type Member = { status: string; at: number };

const assetTime = '2026-03-02T09:00:00Z+0000';

/** Programs, the channels that give them their statuses, and their members. */
export function createPrograms(on: { leads: Leads; now(): number; programs: Program[]; channels: Channel[] }) {
  const { leads, now, programs, channels } = on;
  const members = new Map<number, Map<number, Member>>();
  const program = (id: string): Program => {
    const found = programs.find(each => String(each.id) === id);
    if (!found) throw new Refusal('1013', 'Program not found');
    return found;
  };
  const channelOf = ({ channel }: Program) => channels.find(({ name }) => name === channel)!;
  const shape = ({ id, name, type, channel }: Program) => ({
    id,
    name,
    description: '',
    createdAt: assetTime,
    updatedAt: assetTime,
    url: `https://app-sb01.marketo.com/#PG${id}A1`,
    type,
    channel,
    folder: { type: 'Folder', value: 28, folderName: 'Website' },
    status: '',
    workspace: 'Default',
    headStart: false,
  });
  const withTags = (one: Program) => ({ ...shape(one), tags: one.tags, costs: null });
  const channelShape = ({ id, name, statuses }: Channel) => ({
    id,
    name,
    applicableProgramType: 'program',
    progressionStatuses: statuses.map(status => ({ ...status, description: null, hidden: false })),
    createdAt: assetTime,
    updatedAt: assetTime,
  });
  /** Assets are paged by an offset, and where nothing is found a warning says so. */
  const assets = (found: unknown[], question: URLSearchParams): Content => {
    const size = Math.min(Number(question.get('maxReturn') ?? 20), 200);
    const from = Number(question.get('offset') ?? 0);
    const result = found.slice(from, from + size);
    const warnings = result.length > 0 ? [] : ['No assets found for the given search criteria.'];
    return { warnings, ...(result.length > 0 && { result }) };
  };

  return {
    reset: () => members.clear(),
    all: () => programs,
    memberships: () =>
      [...members].flatMap(([programId, those]) =>
        [...those].map(([leadId, { status, at }]) => ({ programId, leadId, statusName: status, at: stamp(at) })),
      ),
    /** POST /rest/v1/programs/{id}/members/status.json: who is not a member becomes one; a status only moves forward. */
    setStatus(id: string, body: Record<string, unknown>): Content {
      const one = program(id);
      const input = inputOf(body);
      const wanted = channelOf(one).statuses.find(({ name }) => name === body.statusName);
      const those = members.get(one.id) ?? new Map<number, Member>();
      members.set(one.id, those);
      const stepOf = (leadId: number) => {
        const status = those.get(leadId)?.status;
        return channelOf(one).statuses.find(({ name }) => name === status)?.step ?? -1;
      };
      const result = input.map(({ leadId: given }, seq) => {
        const leadId = Number(given);
        if (!wanted) return { seq, leadId, ...skip('1025', `Program status '${String(body.statusName)}' not found`) };
        if (!leads.byId(leadId)) return { seq, leadId, ...skip('1004', 'Lead not found') };
        if (stepOf(leadId) >= wanted.step)
          return { seq, leadId, ...skip('1037', 'Lead skipped because it is already in or past this status') };
        those.set(leadId, { status: wanted.name, at: now() });
        // The guide's sample says `created` for a new member; the API's definition knows only these two words.
        return { seq, leadId, status: 'updated' };
      });
      return { result };
    },
    browse: (question: URLSearchParams) => assets(programs.map(shape), question),
    show: (id: string): Content => ({ warnings: [], result: [withTags(program(id))] }),
    byName: (question: URLSearchParams) =>
      assets(programs.filter(({ name }) => name === question.get('name')).map(shape), question),
    byTag(question: URLSearchParams): Content {
      const tagged = programs.filter(({ tags }) =>
        tags.some(
          ({ tagType, tagValue }) => tagType === question.get('tagType') && tagValue === question.get('tagValue'),
        ),
      );
      return assets(tagged.map(withTags), question);
    },
    channels: (question: URLSearchParams) => assets(channels.map(channelShape), question),
    channelByName: (question: URLSearchParams) =>
      assets(channels.filter(({ name }) => name === question.get('name')).map(channelShape), question),
    members(id: string, question: URLSearchParams): Content {
      const one = program(id);
      const wanted = question.getAll('filterValues').flatMap(part => part.split(','));
      const found = [...(members.get(one.id) ?? [])]
        .map(([leadId, { status, at }]) => ({ leadId, statusName: status, at }))
        .filter(member =>
          wanted.includes(String(question.get('filterType') === 'leadId' ? member.leadId : member.statusName)),
        );
      const { page, next } = pageOf(found, 300, question.get('nextPageToken'));
      const result = page.map(({ leadId, at, statusName }, seq) => ({
        seq,
        leadId,
        programId: one.id,
        statusName,
        acquiredBy: false,
        reachedSuccess: channelOf(one).statuses.some(({ name, success }) => name === statusName && success),
        membershipDate: stamp(at),
      }));
      return { result, moreResult: next !== undefined, ...(next && { nextPageToken: next }) };
    },
  };
}
export type Programs = ReturnType<typeof createPrograms>;
