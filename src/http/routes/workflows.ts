import type { Request, Response } from 'express';
import * as z from 'zod';
import { storedDocument, workflowDocument } from '../../model/workflow.ts';
import type { Review, Reviewer } from '../../workflows/review.ts';
import type { Seen, StoredWorkflow, WorkflowStore } from '../../workflows/store.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, iso, mistakeShape, time } from '../shapes.ts';

const workflowShape = z
  .object({
    id: z.string(),
    status: z.enum(['active', 'inactive']),
    version: z.int(),
    builtIn: z.boolean(),
    document: storedDocument,
    createdAt: time,
    updatedAt: time,
    warnings: z
      .array(mistakeShape)
      .optional()
      .meta({ description: 'What may be meant otherwise; it does not keep the workflow from being saved.' }),
  })
  .meta({ id: 'Workflow' });
const versionShape = z.object({ version: z.int(), document: storedDocument, createdAt: time });

const shown = (workflow: StoredWorkflow, review?: Review): z.infer<typeof workflowShape> => ({
  id: workflow.id,
  status: workflow.status,
  version: workflow.version,
  builtIn: workflow.builtIn === 1,
  document: workflow.document,
  createdAt: iso(workflow.createdAt),
  updatedAt: iso(workflow.updatedAt),
  ...(review && review.warnings.length > 0 && { warnings: review.warnings }),
});

const tag = 'Workflows';
const ifMatch = {
  'If-Match': {
    description: 'The version that the change was made from, as in the ETag of a get: `"3"`.',
    required: true,
  },
};

/** Workflows: list, create, get, put, delete, activate, deactivate, versions. */
export function workflowRoutes({ workflows, reviewer }: { workflows: WorkflowStore; reviewer: Reviewer }): Route[] {
  const existing = async (workspaceId: string, id: string) => {
    const workflow = await workflows.get(workspaceId, id);
    if (!workflow) throw notFound('workflow', id);
    return workflow;
  };
  /** @throws Problem `invalid-document` with every mistake by its path */
  const reviewed = async (workspaceId: string, document: unknown, builtIn?: string) => {
    const review = await reviewer.review(workspaceId, document, builtIn);
    if (review.document) return { review, document: review.document };
    throw invalidDocument(review);
  };

  return [
    defineRoute({
      method: 'get',
      path: '/v1/workflows',
      summary: 'List workflows, newest first',
      tag,
      auth: 'admin',
      query: z.strictObject(pageQuery),
      response: pageOf(workflowShape),
      async handler({ query }, { caller }) {
        const after = readCursor(query.after);
        const before = after && { createdAt: after[0], id: after[1] };
        const rows = await workflows.list(caller.workspaceId, { limit: query.limit + 1, ...(before && { before }) });
        return page(
          rows,
          query.limit,
          row => [row.createdAt, row.id],
          row => shown(row),
        );
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/workflows',
      summary: 'Save a workflow; it is inactive until activated',
      tag,
      auth: 'admin',
      body: z.unknown(),
      bodyShape: workflowDocument,
      status: 201,
      response: workflowShape,
      problems: { 422: 'The document has mistakes: each with its path.' },
      async handler({ body }, { caller, response }) {
        const { review, document } = await reviewed(caller.workspaceId, body);
        const workflow = await workflows.create(caller.workspaceId, document);
        response.location(`/v1/workflows/${workflow.id}`);
        return tagged(response, shown(workflow, review));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/workflows/:id',
      summary: 'Get a workflow',
      tag,
      auth: 'admin',
      params: idParams,
      response: workflowShape,
      async handler({ params }, { caller, response }) {
        const workflow = await existing(caller.workspaceId, params.id);
        const review = await reviewer.review(caller.workspaceId, workflow.document, builtInOf(workflow));
        return tagged(response, shown(workflow, review));
      },
    }),
    defineRoute({
      method: 'put',
      path: '/v1/workflows/:id',
      summary: 'Save the next version; where the workflow is active it is in effect at once',
      tag,
      auth: 'admin',
      params: idParams,
      headers: ifMatch,
      body: z.unknown(),
      bodyShape: workflowDocument,
      response: workflowShape,
      problems: {
        409: 'It is active, and the new version needs a connection that is not there; or it is built in.',
        412: 'It has another version by now.',
        422: 'The document has mistakes: each with its path.',
        428: 'If-Match is missing.',
      },
      async handler({ params, body }, { caller, request, response }) {
        const seen = await existing(caller.workspaceId, params.id);
        refuseBuiltIn(seen, 'changed');
        requireMatch(request, seen);
        const { review, document } = await reviewed(caller.workspaceId, body);
        if (seen.status === 'active') refuseMissing(review, 'It is active, and this version');
        const saved = await workflows.replace(caller.workspaceId, params.id, seen, document);
        if (!saved) throw stale();
        return tagged(response, shown(saved, review));
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/workflows/:id',
      summary: 'Deactivate and remove a workflow; runs under way finish',
      tag,
      auth: 'admin',
      params: idParams,
      status: 204,
      problems: { 409: 'It is built in.' },
      async handler({ params }, { caller }) {
        refuseBuiltIn(await existing(caller.workspaceId, params.id), 'deleted');
        if (!(await workflows.remove(caller.workspaceId, params.id))) throw notFound('workflow', params.id);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/workflows/:id/activate',
      summary: 'Let a workflow start runs',
      tag,
      auth: 'admin',
      params: idParams,
      response: workflowShape,
      problems: {
        409: 'A connection is missing, or it was changed at the same moment.',
        422: 'The document has mistakes, by what the workspace has now.',
      },
      async handler({ params }, { caller, response }) {
        const seen = await existing(caller.workspaceId, params.id);
        const { review } = await reviewed(caller.workspaceId, seen.document, builtInOf(seen));
        refuseMissing(review, 'It');
        return tagged(response, shown(await set(caller.workspaceId, seen, 'active'), review));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/workflows/:id/deactivate',
      summary: 'Let a workflow start nothing more; runs under way finish',
      tag,
      auth: 'admin',
      params: idParams,
      response: workflowShape,
      problems: { 409: 'It was changed at the same moment.' },
      async handler({ params }, { caller, response }) {
        const seen = await existing(caller.workspaceId, params.id);
        return tagged(response, shown(await set(caller.workspaceId, seen, 'inactive')));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/workflows/:id/versions',
      summary: 'List the versions of a workflow, newest first',
      tag,
      auth: 'admin',
      params: idParams,
      query: z.strictObject(pageQuery),
      response: pageOf(versionShape),
      async handler({ params, query }, { caller }) {
        await existing(caller.workspaceId, params.id);
        const before = readCursor(query.after)?.[0] ?? Number.POSITIVE_INFINITY;
        const versions = await workflows.versions(caller.workspaceId, params.id);
        const rows = versions.filter(row => row.version < before).slice(0, query.limit + 1);
        return page(
          rows,
          query.limit,
          row => [row.version, ''],
          ({ version, document, createdAt }) => ({
            version,
            document,
            createdAt: iso(createdAt),
          }),
        );
      },
    }),
  ];

  async function set(workspaceId: string, seen: StoredWorkflow, status: 'active' | 'inactive') {
    // That a person has decided is worth keeping of a built-in one, also where nothing changes now.
    if (seen.status === status && seen.builtIn === 0) return seen;
    const changed = await workflows.setStatus(workspaceId, seen.id, seen, status);
    if (!changed)
      throw new Problem('conflict', 'The workflow was changed at the same moment. Look at it and try again.');
    return changed;
  }
}

const builtInOf = ({ builtIn, id }: StoredWorkflow) => (builtIn === 1 ? id : undefined);

function refuseBuiltIn({ builtIn }: StoredWorkflow, what: string): void {
  if (builtIn === 0) return;
  const detail = `A built-in workflow cannot be ${what}. Deactivate it, and save a workflow of your own in its place.`;
  throw new Problem('conflict', detail);
}

function tagged<Shown extends { version: number }>(response: Response, workflow: Shown): Shown {
  response.set('ETag', `"${workflow.version}"`);
  return workflow;
}

const stale = () =>
  new Problem('stale', 'The workflow has another version by now. Get it, make the change there, and put it again.');

function requireMatch(request: Request, seen: Seen): void {
  const header = request.headers['if-match'];
  if (!header) {
    const detail =
      'Send If-Match with the version that the change was made from, so that nobody else’s change is lost.';
    throw new Problem('precondition-required', detail);
  }
  const tags = header.split(',').map(entry => entry.trim().replace(/^W\//, '').replace(/^"|"$/g, ''));
  if (!tags.includes('*') && !tags.includes(String(seen.version))) throw stale();
}

function invalidDocument({ mistakes, warnings }: Review): Problem {
  const detail =
    mistakes.length === 1
      ? `The workflow has a mistake. ${mistakes[0]!.path}: ${mistakes[0]!.message}`
      : `The workflow has ${mistakes.length} mistakes; "errors" names each with its path.`;
  return new Problem('invalid-document', detail, { errors: mistakes, members: { warnings } });
}

function refuseMissing({ missing, toDo }: Review, subject: string): void {
  if (missing.length === 0) return;
  const detail = `${subject} needs ${toDo.join(' and ')}. That comes first.`;
  throw new Problem('conflict', detail, { members: { missingConnections: missing } });
}
