import type { ConnectorSettings } from '../../src/sdk/index.ts';

/** What a call needs: how long it may take, and whether the operator lets it reach private addresses. */
export type WebhookClient = { timeoutMs: number; allowPrivate: boolean };

export const openClient = (call: { settings: ConnectorSettings; timeoutMs: number }): WebhookClient => ({
  timeoutMs: call.timeoutMs,
  allowPrivate: ['1', 'true'].includes(call.settings.ALLOW_PRIVATE_ADDRESSES ?? ''),
});
