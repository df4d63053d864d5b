import { type Row, useHubSpot } from '../../test/support/hubspot-scene.ts';
import { failureOf } from '../../test/support/step.ts';
import hubspot from './index.ts';

const { byEmail, checkContract, control, push, pushMany, reconnect, sandbox } = useHubSpot();

describe('companies, where the connection asks for them', () => {
  const companies = () => sandbox().records('hubspot', 'companies') as Row[];
  const companyOf = (email: string) => {
    const [link] = byEmail(email)?.associations.filter(each => each.startsWith('companies/')) ?? [];
    return companies().find(({ id }) => link === `companies/${id}`)?.properties.domain;
  };
  beforeEach(async () => {
    await reconnect({ companies: 'link' });
  });

  test('are found by the domain or made with their contact, but not for free mail', async () => {
    const before = companies().length;
    await pushMany([
      { email: 'a@northwind-freight.example' },
      { email: 'b@brand-new.example' },
      { email: 'c@brand-new.example' },
      { email: 'd@gmail.com' },
      { email: 'e@yahoo.co.uk' },
    ]);
    expect(
      ['a@northwind-freight.example', 'b@brand-new.example', 'c@brand-new.example', 'd@gmail.com', 'e@yahoo.co.uk'].map(
        companyOf,
      ),
    ).toEqual(['northwind-freight.example', 'brand-new.example', 'brand-new.example', undefined, undefined]);
    expect(companies()).toHaveLength(before + 1);
    // The search does not know the new one yet.
    await push({ email: 'f@brand-new.example' });
    expect(companyOf('f@brand-new.example')).toBe('brand-new.example');
    expect(companies()).toHaveLength(before + 1);
  });

  test('one whose creation was not answered is not made again', async () => {
    sandbox().fault('hubspot', { match: { path: 'companies/batch/create' }, fault: { reset: 'after-apply' } });
    const person = { email: 'a@lost-company.example' };
    expect((await failureOf(hubspot, push(person))).kind).toBe('uncertain');
    await push(person);
    expect(companies().filter(({ properties }) => properties.domain === 'lost-company.example')).toHaveLength(1);
  });

  test('without the scopes the contact is pushed all the same, and the step says so', async () => {
    control({ withholdScopes: ['crm.objects.companies.read'] });
    const { output, notes } = await push({ email: 'a@brand-new.example' });
    expect(output.created).toBe(true);
    expect(notes).toContain('crm.objects.companies.read');
  });
});

checkContract();
