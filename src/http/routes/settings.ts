import { type SettingsStore, settingsSchema } from '../../access/settings.ts';
import { defineRoute, type Route } from '../route.ts';

const tag = 'Settings';

/** Workspace settings: get them all, change some. */
export function settingsRoutes({ settings }: { settings: SettingsStore }): Route[] {
  const change = (method: 'put' | 'patch') =>
    defineRoute({
      method,
      path: '/v1/settings',
      summary: 'Change settings; those that are left out stay as they are',
      tag,
      auth: 'admin',
      body: settingsSchema.partial(),
      response: settingsSchema,
      handler: ({ body }, { caller }) => settings.change(caller.workspaceId, body),
    });
  return [
    defineRoute({
      method: 'get',
      path: '/v1/settings',
      summary: 'Get the settings of the workspace',
      tag,
      auth: 'admin',
      response: settingsSchema,
      handler: (_input, { caller }) => settings.get(caller.workspaceId),
    }),
    change('put'),
    change('patch'),
  ];
}
