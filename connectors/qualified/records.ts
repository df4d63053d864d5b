import * as z from 'zod';

// What is read of Qualified's records; everything else in them is passed over, since fields may be added at any time.
// https://github.com/api-evangelist/qualified-com, openapi/qualified-com-enterprise-api-openapi.json

const id = z.string().min(1).max(200);
const text = z.string().nullish();
const time = z.iso.datetime({ offset: true }).transform(value => Date.parse(value));
const ids = z
  .array(id)
  .nullish()
  .transform(value => value ?? []);
const vendorIds = {
  salesforceLeadId: text,
  salesforceContactId: text,
  pardotProspectId: text,
  marketoLeadId: text,
  hubspotContactId: text,
  eloquaContactId: text,
};
const fields = z.record(z.string(), z.unknown()).nullish();

export const lead = z.object({
  id,
  email: z.string().min(1).max(320),
  fields,
  updatedAt: time,
  visitorIds: ids,
  ...vendorIds,
});
const pageView = z.object({
  baseUrl: z.string().min(1),
  createdAt: time,
  referrer: text,
  utmSource: text,
  utmMedium: text,
  utmCampaign: text,
  utmTerm: text,
  utmContent: text,
});
export const session = z.object({
  id,
  createdAt: time,
  endedAt: time,
  visitorId: id,
  visitor: z.object({ email: text, fields, ...vendorIds }).nullish(),
  userAgent: z.object({ string: text }).nullish(),
  conversationIds: ids,
  meetingIds: ids,
  pageViews: z
    .array(z.unknown())
    .nullish()
    .transform(views => (views ?? []).flatMap(view => pageView.safeParse(view).data ?? [])),
});
export const conversation = z.object({
  id,
  sessionId: id,
  experienceName: text,
  createdAt: time,
  endedAt: time.nullish(),
  userId: text,
});
export const message = z.object({
  id,
  type: text,
  text,
  createdAt: time,
  senderType: text,
  senderName: text,
  conversationId: id,
});
export const meeting = z.object({
  id,
  sessionId: id.nullish(),
  conversationId: id.nullish(),
  visitorId: id,
  attendees: z
    .array(z.object({ name: text, email: text, organizer: z.boolean().nullish(), owner: z.boolean().nullish() }))
    .nullish(),
  meetingTypeName: text,
  createdAt: time,
  updatedAt: time,
  status: z.enum(['offered', 'booked', 'rescheduled', 'canceled', 'no_show']),
  channel: text,
});

/** Times are epoch ms. */
export type Lead = z.infer<typeof lead>;
export type Session = z.infer<typeof session>;
export type Conversation = z.infer<typeof conversation>;
export type Message = z.infer<typeof message>;
export type Meeting = z.infer<typeof meeting>;

/** Those records that are as described, and how many are not. */
export function readable<Record>(shape: z.ZodType<Record>, records: unknown[]): { read: Record[]; unread: number } {
  const read = records.flatMap(record => shape.safeParse(record).data ?? []);
  return { read, unread: records.length - read.length };
}
