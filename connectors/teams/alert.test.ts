import { alertInput, channelName, messageLink } from './alert.ts';
import { alertCard } from './card.ts';
import { alertOf, INBOUND, TENANT } from './test-world.ts';

const encoded = encodeURIComponent(INBOUND);

test.each([
  [INBOUND, { id: INBOUND }],
  ['19:abc@thread.skype', { id: '19:abc@thread.skype' }],
  [
    `https://teams.microsoft.com/l/channel/${encoded}/Inbound?groupId=g&tenantId=${TENANT.toUpperCase()}`,
    { id: INBOUND, tenantId: TENANT },
  ],
  [`https://teams.cloud.microsoft/l/channel/${encoded}/In%20bound`, { id: INBOUND }],
  ['Revenue / Inbound', { team: 'Revenue', channel: 'Inbound' }],
  ['R/D/Inbound', { team: 'R/D', channel: 'Inbound' }],
  ['Revenue', { team: 'Revenue', channel: '' }],
  ['https://teams.microsoft.com/l/chat/19:x@unq.gbl.spaces', undefined],
  ['https://teams.microsoft.com/l/channel/%E0%A4%A/x', undefined],
  ['19:x@unq.gbl.spaces', undefined],
  [' / Inbound', undefined],
  ['', undefined],
])('the channel “%s” is read as %j', (text, name) => {
  expect(channelName(text)).toEqual(name);
});

test.each([
  ['an unknown key', { to: { channel: INBOUND }, message: 'm', colour: 'red' }],
  ['a channel and a person at once', { to: { channel: INBOUND, user: 'a@b.c' }, message: 'm' }],
  ['a person that is neither address nor id', { to: { user: 'ann' }, message: 'm' }],
  ['a fallback that is a person', { to: { role: 'rep' }, fallback: { user: 'a@b.c' }, message: 'm' }],
  ['an empty message', { to: { channel: INBOUND }, message: ' ' }],
])('an alert with %s is refused', (_what, input) => {
  expect(alertInput.safeParse(input).success).toBe(false);
});

test('a message in a personal chat has no link', () => {
  const placement = { conversationId: INBOUND, activityId: '17', serviceUrl: 's' };
  expect(messageLink(TENANT, placement)).toBe(`https://teams.microsoft.com/l/message/${encoded}/17?tenantId=${TENANT}`);
  expect(messageLink(TENANT, { ...placement, conversationId: 'a:1' })).toBeUndefined();
});

describe('buttons', () => {
  const by = { name: 'Dana' };
  const titles = (change: Parameters<typeof alertOf>[0]) =>
    ((alertCard(alertOf(change)).card.actions ?? []) as { title: string }[]).map(({ title }) => title);
  test.each([
    [{}, ['Claim', 'Create task', 'Snooze', 'Not relevant', 'Open the conversation']],
    [{ state: 'claimed' as const, claimedBy: by }, ['Create task', 'Snooze', 'Not relevant', 'Open the conversation']],
    [{ state: 'snoozed' as const, claimedBy: by }, ['Create task', 'Snooze', 'Not relevant', 'Open the conversation']],
    [{ state: 'dismissed' as const }, ['Open the conversation']],
    [{ offers: ['claim' as const] }, ['Claim', 'Open the conversation']],
  ])('offer what can still be done: %j', (change, expected) => {
    expect(titles(change)).toEqual(expected);
  });

  test('that press work for clients without Action.Execute as well', () => {
    const [claim] = alertCard(alertOf()).card.actions as object[];
    expect(claim).toMatchObject({
      type: 'Action.Execute',
      verb: 'claim',
      data: { alertId: 'alert-1' },
      fallback: { type: 'Action.Submit', data: { alertId: 'alert-1', verb: 'claim' } },
    });
  });
});
