import { randomBytes } from 'node:crypto';
import { iso } from './records.ts';
import { Refusal } from './refusal.ts';

/** What the sandbox takes until it is told otherwise. */
export const defaultToken = 'qualified-sandbox-token';

const person = ['email', 'first_name', 'last_name', 'company', 'employees', 'newsletter', 'interests', 'phone'];
const typeOf: Record<string, string> = {
  email: 'email',
  employees: 'decimal',
  newsletter: 'boolean',
  interests: 'multi_picklist',
  phone: 'phone',
  company: 'company',
};

/** Who may ask what: tokens and their scopes. */
export function access() {
  let tokens = new Set([defaultToken]);
  let newest: string | undefined = defaultToken;
  let withheld: string[] = [];
  let enabled = true;
  return {
    /** @throws Refusal 401 or 403 */
    check(authorization: string | undefined, scope: string | undefined): void {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      if (!enabled || token === undefined || !tokens.has(token)) throw new Refusal(401, { code: 'invalid_token' });
      if (scope !== undefined && withheld.includes(scope)) throw new Refusal(403, { code: 'insufficient_scope' });
    },
    token: () => newest,
    control(change: {
      revokeTokens?: true | undefined;
      newToken?: true | undefined;
      withholdScopes?: string[] | undefined;
      apiEnabled?: boolean | undefined;
    }): void {
      if (change.revokeTokens) {
        tokens = new Set();
        newest = undefined;
      }
      if (change.newToken) {
        newest = `qualified-${randomBytes(18).toString('base64url')}`;
        tokens.add(newest);
      }
      withheld = change.withholdScopes ?? withheld;
      enabled = change.apiEnabled ?? enabled;
    },
    shown: () => ({ token: newest ?? null, withholdScopes: withheld, apiEnabled: enabled }),
    /** Definitions of the fields; the team has had them from its first day. */
    fields: (category: 'person' | 'account', now: number) =>
      (category === 'person' ? person : ['industry', 'website']).map((name, position) => ({
        id: `fld_${category}_${position}`,
        label: name.replaceAll('_', ' '),
        type: typeOf[name] ?? 'string',
        name,
        createdAt: iso(Date.UTC(2024, 0, 1) + position * 1000),
        updatedAt: iso(Math.min(now, Date.UTC(2024, 0, 1))),
      })),
    reset(): void {
      tokens = new Set([defaultToken]);
      newest = defaultToken;
      withheld = [];
      enabled = true;
    },
  };
}
