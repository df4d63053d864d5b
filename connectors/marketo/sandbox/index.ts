import express from 'express';
import * as z from 'zod';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { createActivities } from './activities.ts';
import { createGate } from './gate.ts';
import { clientId, clientSecret, createIdentity } from './identity.ts';
import { createLeads } from './leads.ts';
import { createLists } from './lists.ts';
import { css, type Instance, page } from './page.ts';
import { createPrograms } from './programs.ts';
import { createRest, permissions } from './rest.ts';
import { activityTypes, channels, lists, people, programs } from './seed.ts';

const controlBody = z
  .strictObject({
    expireAccessTokens: z.literal(true).meta({ description: 'the token that is out answers 602' }),
    withdrawCredentials: z.boolean().meta({ description: 'the custom service is gone: 401 and 601' }),
    ratePoints: z.int().min(0).meta({ description: 'calls in 20 seconds; more answer 606' }),
    dailyQuota: z.int().min(0).meta({ description: 'calls until midnight US Central; more answer 607' }),
    concurrency: z.int().min(0).meta({ description: 'calls at once; more answer 615' }),
    lacks: z.array(z.enum(permissions)).meta({ description: 'permissions that the role is without: 603' }),
    duplicate: z.email().meta({ description: 'makes a second person with this e-mail' }),
  })
  .partial();

function createInstance(now: () => number): Instance & { reset(): void } {
  const leads = createLeads(now, people);
  const parts = {
    leads,
    lists: createLists({ leads, now, seed: lists }),
    programs: createPrograms({ leads, now, programs, channels }),
    activities: createActivities({ leads, now, types: activityTypes }),
  };
  return {
    ...parts,
    reset: () => {
      for (const part of Object.values(parts)) part.reset();
    },
  };
}

function records({ leads, lists: listed, programs: known, activities }: Instance, type: string): unknown[] | undefined {
  if (type === 'leads') return leads.all().map(leads.show);
  if (type === 'listMembers') return listed.memberships();
  if (type === 'programMembers') return known.memberships();
  return type === 'activities' ? activities.all() : undefined;
}

function create({ now }: SandboxContext): SandboxInstance {
  const instance = createInstance(now);
  const identity = createIdentity(now);
  const gate = createGate({ identity, now });
  let lacks: string[] = [];
  const router = express.Router();
  router.all('/identity/oauth/token', (request, response) => identity.answer(request, response));
  router.use(
    '/rest',
    createRest(instance, gate, () => lacks),
  );
  return {
    router,
    records: type => records(instance, type),
    page: () => page(instance),
    reset() {
      instance.reset();
      gate.reset();
      identity.controls.withdrawCredentials = false;
      lacks = [];
    },
    control(input) {
      const {
        expireAccessTokens,
        withdrawCredentials,
        duplicate,
        lacks: without,
        ...limits
      } = controlBody.parse(input);
      if (expireAccessTokens) identity.end();
      if (withdrawCredentials !== undefined) identity.controls.withdrawCredentials = withdrawCredentials;
      if (duplicate !== undefined) instance.leads.add({ email: duplicate });
      lacks = without ?? lacks;
      gate.tighten(limits);
      return { ...gate.limits(), ...identity.controls, lacks };
    },
  };
}

/**
 * Of the machine-readable contract two operations cannot be kept by anybody: it wants `id` and `errors` in activities that are only being
 * added, and objects for values that Adobe's guide shows as texts. Nor does it know Adobe's _method=GET, the asset API, or any status but 200.
 */
const uncovered: SandboxVendor['uncovered'] = (_method, path, { query, status }) =>
  path.startsWith('/rest/asset/') ||
  /^\/rest\/v1\/activities(\/external)?\.json$/.test(path) ||
  /(^|&)_method=GET(&|$)/.test(query) ||
  (status !== undefined && status !== 200);

/** Codes that refuse what was asked, as against who asked and when. */
const refusals = /^(605|609|610|612|7\d\d|1\d\d\d)$/;

/** Marketo Engage: identity, people, lists, programs, custom activities, usage and the limits that all callers share. */
const marketo: SandboxVendor = {
  vendor: 'marketo',
  title: 'Marketo',
  // The three values that an admin types in; the first is also what lets the hub go there.
  settings: base => ({
    MARKETO_BASE_URL: base,
    MARKETO_CLIENT_ID: clientId,
    MARKETO_CLIENT_SECRET: clientSecret,
  }),
  origin: () => 'https://100-BTN-100.mktorest.com',
  uncovered,
  refused: (_status, body) => {
    const code = (body as { errors?: { code?: unknown }[] } | null)?.errors?.[0]?.code;
    return refusals.test(String(code));
  },
  css,
  create,
};
export default marketo;
