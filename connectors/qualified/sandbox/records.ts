/** Records as the API answers them; times are ISO 8601 in UTC, to the second. */
export type Lead = {
  id: string;
  email: string;
  fields: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  visitorIds: string[];
  salesforceLeadId: string | null;
  salesforceContactId: string | null;
  pardotProspectId: string | null;
  marketoLeadId: string | null;
  hubspotContactId: string | null;
  eloquaContactId: string | null;
};
export type PageView = {
  baseUrl: string;
  createdAt: string;
  endedAt: string | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
  referrer: string | null;
};
export type Session = {
  id: string;
  createdAt: string;
  endedAt: string | null;
  visitorId: string;
  visitor: Record<string, unknown> | null;
  userAgent: { string: string; deviceType: string };
  conversationIds: string[];
  pageViews: PageView[];
  meetingIds: string[];
};
export type Conversation = {
  id: string;
  sessionId: string;
  meetingIds: string[];
  experienceName: string | null;
  createdAt: string;
  endedAt: string | null;
  userId: string | null;
  visitorId: string;
};
export type Message = {
  id: string;
  type: string;
  text: string;
  createdAt: string;
  senderType: string | null;
  senderName: string | null;
  conversationId: string;
};
export type Attendee = { name: string; email: string; organizer: boolean; owner: boolean };
export type Meeting = {
  id: string;
  sessionId: string | null;
  conversationId: string | null;
  visitorId: string;
  attendees: Attendee[];
  meetingTypeName: string | null;
  createdAt: string;
  updatedAt: string;
  status: string;
  channel: string | null;
};

export type Records = {
  leads: Lead[];
  sessions: Session[];
  conversations: Conversation[];
  messages: Message[];
  meetings: Meeting[];
};
export type Resource = keyof Records;
export const resources: Resource[] = ['leads', 'sessions', 'conversations', 'messages', 'meetings'];
export const noRecords = (): Records => ({ leads: [], sessions: [], conversations: [], messages: [], meetings: [] });

export const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
