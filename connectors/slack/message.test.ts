import type { AlertView } from '../../src/sdk/index.ts';
import { alertView } from '../../test/support/slack-hub.ts';
import { alertMessage } from './message.ts';
import { readBlocks } from './sandbox/blocks.ts';

type Words = { text: string };
type Element = { value?: string; style?: string; text?: Words; placeholder?: Words; confirm?: object };
type Shown = { type: string; block_id?: string; elements?: Element[] };
const blocksOf = (alert: AlertView) => alertMessage(alert).blocks as unknown as Shown[];
const textsIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) =>
        key === 'text' && typeof each === 'string' ? [each] : textsIn(each),
      )
    : [];
const labelsOf = (alert: AlertView) =>
  blocksOf(alert)
    .flatMap(block => (block.type === 'actions' ? (block.elements ?? []) : []))
    .map(each => each.text?.text ?? each.placeholder?.text);
const about = (more: Partial<AlertView['about']>) => ({ ...alertView().about, ...more });

describe('an alert in Slack', () => {
  test('says who, what and where, and leads to where it goes on', () => {
    const alert = alertView({
      about: about({
        visitor: {
          name: 'Hanna Berg',
          title: 'VP',
          company: 'Northwind',
          email: 'h@n.example',
          phone: '1',
          known: false,
        },
        summary: 'Compares vendors.',
        page: { url: 'https://acme.example/pricing', title: 'Pricing' },
        campaign: 'spring',
        conversationUrl: 'https://app.example/c/1',
        records: [{ title: 'Salesforce', url: 'https://crm.example/1' }],
        meeting: { title: 'Intro', startTime: '2026-11-24T15:00:00Z' },
      }),
    });
    const text = textsIn(blocksOf(alert)).join('\n');
    for (const part of [
      '*Hanna Berg*\nVP, Northwind\n<mailto:h@n.example|h@n.example> · 1\n_New visitor_',
      'Compares vendors.',
    ])
      expect(text).toContain(part);
    expect(text).toContain('*Where*\n<https://acme.example/pricing|Pricing>\nCampaign: spring');
    expect(text).toContain('> *Hanna Berg:* Can we talk about prices?');
    expect(text).toContain('*Meeting*\nIntro\n<!date^1795532400^{date_short_pretty} {time}|24 Nov 2026, 15:00 UTC>');
    expect(labelsOf(alert)).toEqual([
      'Open the conversation',
      'Open in Salesforce',
      'Claim',
      'Create follow-up task',
      'Snooze',
      'Not relevant',
    ]);
  });

  test('shows what it offers, and carries its id in every button and menu', () => {
    const alert = alertView({ id: 'a1', offers: ['claim', 'snooze', 'dismiss'] });
    const actions = blocksOf(alert).find(({ type }) => type === 'actions');
    expect(actions?.block_id).toBe('alert:a1:1');
    expect(actions?.elements?.map(({ value, style }) => [value, style])).toEqual([
      ['a1', 'primary'],
      [undefined, undefined],
      ['a1', 'danger'],
    ]);
    expect(actions?.elements?.[2]?.confirm).toBeDefined();
    expect(labelsOf({ ...alert, offers: [] })).toEqual([]);
  });

  const dana = { name: 'Dana <Whitfield>', id: 'U1' };
  test.each<[string, Partial<AlertView>, string[], string]>([
    ['open', {}, ['Claim', 'Create follow-up task', 'Snooze', 'Not relevant'], ''],
    [
      'claimed',
      { state: 'claimed', claimedBy: dana, claimedAt: 1_795_532_400_000 },
      ['Create follow-up task', 'Snooze', 'Not relevant'],
      '*Claimed by Dana &lt;Whitfield&gt;* · <!date^1795532400^',
    ],
    [
      'snoozed',
      { state: 'snoozed', snoozedBy: dana, snoozedUntil: 1_795_532_400_000 },
      ['Claim', 'Create follow-up task', 'Snooze', 'Not relevant'],
      '*Snoozed until <!date^1795532400^',
    ],
    ['dismissed', { state: 'dismissed', dismissedBy: dana }, [], '*Not relevant*, says Dana &lt;Whitfield&gt;'],
  ])('that is %s says so, and offers what can still be done', (_state, more, labels, words) => {
    const alert = alertView(more);
    expect(labelsOf(alert)).toEqual(labels);
    expect(textsIn(blocksOf(alert)).join('\n')).toContain(words);
  });

  test('lists the tasks that were asked for, and what joined it, newest last', () => {
    const text = textsIn(
      blocksOf(
        alertView({
          tasks: [
            { subject: 'Call | <now>', dueDate: '2026-11-27', by: dana, url: 'https://crm.example/t?a=1&b=<2>|3' },
            { subject: 'Write', by: dana },
          ],
          joined: Array.from({ length: 7 }, (_, n) => ({ title: `T${n}`, message: `M${n}`, at: n })),
        }),
      ),
    ).join('\n');
    expect(text).toContain(
      '• <https://crm.example/t?a=1&amp;b=%3C2%3E%7C3|Call ¦ &lt;now&gt;> · due Fri 27 Nov 2026 · for Dana &lt;Whitfield&gt;',
    );
    expect(text).toContain('• Write · for Dana');
    expect(text).toContain('*Also*\n_and 2 earlier_\n• *T2* M2');
    expect(text).not.toContain('M1');
  });

  test('takes nothing that anybody wrote for a mention or a link', () => {
    const evil = '<!channel> <https://evil.example|click> <@U1> & more';
    const alert = alertView({
      message: evil,
      claimedBy: { name: evil },
      state: 'claimed',
      about: about({
        visitor: { name: evil, title: evil, company: evil, email: evil, phone: evil, known: true },
        summary: evil,
        lastMessages: [{ from: evil, text: `one\n${evil}`, time: '' }],
        page: { url: `https://acme.example/?q=${evil}`, title: evil },
        campaign: evil,
        meeting: { title: evil },
      }),
      tasks: [{ subject: evil, dueDate: evil, by: { name: evil } }],
      joined: [{ title: evil, message: evil, at: 0 }],
    });
    const { blocks, text } = alertMessage(alert);
    const marked = (blocks as unknown as Shown[]).flatMap(block =>
      textsIn({ ...block, ...(block.type === 'header' && { text: '' }) }),
    );
    for (const each of [...marked, text]) expect(each).not.toMatch(/<!channel|<@U1|<https:\/\/evil/);
  });

  test.each(['javascript:alert(1)', 'not an address', `https://a.example/${'x'.repeat(3000)}`])(
    'makes no button of %p',
    address => {
      const alert = alertView({
        offers: [],
        about: about({ conversationUrl: address, records: [{ title: 'CRM', url: address }], page: { url: address } }),
      });
      expect(labelsOf(alert)).toEqual([]);
    },
  );

  test.each([
    'x'.repeat(60_000),
    '&<>'.repeat(20_000),
    '😀'.repeat(30_000),
    '*_`~'.repeat(15_000),
    'a\n'.repeat(30_000),
  ])('keeps to all of Slack’s sizes, however long everything is (%#)', long => {
    const alert = alertView({
      title: long,
      message: long,
      state: 'claimed',
      claimedBy: { name: long },
      about: {
        visitor: { name: long, title: long, company: long, email: long, phone: long, known: true },
        summary: long,
        lastMessages: Array.from({ length: 200 }, () => ({ from: long, text: long, time: '' })),
        page: { url: `https://a.example/${long}`, title: long },
        campaign: long,
        conversationUrl: 'https://app.example/c',
        records: Array.from({ length: 40 }, () => ({ title: long, url: 'https://crm.example/1' })),
        meeting: { title: long, startTime: '2026-11-24T15:00:00Z' },
      },
      tasks: Array.from({ length: 90 }, () => ({ subject: long, by: { name: long }, dueDate: long })),
      joined: Array.from({ length: 90 }, () => ({ title: long, message: long, at: 0 })),
    });
    const { blocks, text, cut } = alertMessage(alert);
    expect(() => readBlocks(structuredClone(blocks))).not.toThrow();
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(text.length).toBeLessThanOrEqual(3_000);
    expect(cut).toBe(true);
    for (const each of [text, ...textsIn(blocks)]) {
      expect(each.isWellFormed()).toBe(true);
      expect(each).not.toMatch(/&(?!amp;|lt;|gt;)[a-z]{0,3}…/);
    }
  });

  test('tells a notification and a screen reader what it is and how it stands', () => {
    expect(alertMessage(alertView()).text).toBe('Hot lead: Hanna is waiting · Hanna Berg, Northwind');
    expect(alertMessage(alertView({ state: 'snoozed', snoozedBy: dana })).text).toBe(
      'Hot lead: Hanna is waiting · Hanna Berg, Northwind (snoozed by Dana &lt;Whitfield&gt;)',
    );
  });
});
