import { defineConnector, StepError } from '../../src/sdk/index.ts';
import { publishEvent, unreachable } from './actions/publish-event.ts';
import { createListen } from './listen.ts';
import { createRelay } from './relay.ts';
import { batonScript } from './script.ts';

export default defineConnector<unknown>({
  id: 'website',
  title: 'Website',
  description: 'The pages themselves: they hear what workflows track, and may report what their visitors do.',
  auth: { kind: 'none' },
  limits: { callTimeoutMs: 10_000 },
  open: () => undefined,
  classify: error =>
    error instanceof StepError
      ? error
      : new StepError('defect', 'The website connector failed by itself. Please report it.', { cause: error }),
  actions: [],
  roles: { track: { action: publishEvent, unreachable } },
  inbound: [batonScript, createListen(), createRelay()],
});
