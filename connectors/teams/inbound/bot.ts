import type { TurnContext } from 'botbuilder';
import { alertActions, type ConnectorSettings } from '../../../src/sdk/index.ts';
import type { Card } from '../card.ts';
import type { Activity } from './activity.ts';

/** What is done for one activity whose sender is known. An answer is shown to whoever pressed or wrote. */
export type Visit = {
  came(): Promise<void>;
  pressed(verb: string, data: Record<string, unknown>): Promise<Card | string>;
  /** The same from a client that sends presses as messages: there the answer is a message of its own, where one is needed. */
  submitted(verb: string, data: Record<string, unknown>): Promise<void>;
  said(text: string): Promise<void>;
};

/** Microsoft's library around the bot: who may call it, and which handler an activity is for. */
export type Bot = {
  /** Whoever called, for `turn`. @throws what the library throws for a token that does not hold, and where the keys cannot be had */
  authenticate(activity: Activity, authorization: string): Promise<unknown>;
  turn(caller: unknown, activity: Activity, visit: Visit): Promise<{ status: number; body?: unknown } | undefined>;
};

const ISSUER = 'https://api.botframework.com';
const bots = new Map<string, Promise<Bot>>();

/** The bot of these settings. The library is loaded at the first call, and not before: it takes a second and 100 MB. */
export function botOf(settings: ConnectorSettings): Promise<Bot> {
  const key = JSON.stringify([settings.TEAMS_APP_ID, settings.TEAMS_OPENID_METADATA_URL]);
  const bot = bots.get(key) ?? makeBot(settings.TEAMS_APP_ID ?? '', settings.TEAMS_OPENID_METADATA_URL ?? '');
  bots.set(key, bot);
  // A load that failed is tried again by the next call.
  bot.catch(() => bots.delete(key));
  return bot;
}

async function makeBot(appId: string, metadataUrl: string): Promise<Bot> {
  const { Application, TeamsAdapter } = await import('@microsoft/teams-ai');
  class HubAdapter extends TeamsAdapter {
    authenticate(activity: Activity, authorization: string) {
      return this.botFrameworkAuthentication.authenticateRequest(activity as never, authorization);
    }
    turn(caller: never, activity: Activity, logic: (context: TurnContext) => Promise<unknown>) {
      return this.processActivity(caller, activity as never, async context => void (await logic(context)));
    }
  }
  const adapter = new HubAdapter(
    {
      MicrosoftAppId: appId,
      MicrosoftAppType: 'MultiTenant',
      // Any one of these makes the library expect all of them.
      ToBotFromChannelOpenIdMetadataUrl: metadataUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: metadataUrl,
      ToBotFromChannelTokenIssuer: ISSUER,
      ToChannelFromBotLoginUrl: ISSUER,
      ToChannelFromBotOAuthScope: ISSUER,
      OAuthUrl: ISSUER,
      CallerId: '',
      ValidateAuthority: 'false',
    },
    credentials(appId),
  );
  // By itself the library prints the error and goes on as if nothing had been.
  adapter.onTurnError = async (_context, error) => {
    throw error;
  };
  const visits = new WeakMap<object, Visit>();
  const app = new Application({ adapter, botAppId: appId, startTypingTimer: false, removeRecipientMention: false });
  addRoutes(app, context => visits.get(context.turnState)!);
  return {
    authenticate: (activity, authorization) => adapter.authenticate(activity, authorization),
    turn: (caller, activity, visit) =>
      adapter.turn(caller as never, activity, async context => {
        visits.set(context.turnState, visit);
        return app.run(context);
      }),
  };
}

/**
 * Calls to Teams are never made by the library's own client: it repeats them and knows no deadline. So these credentials open nothing.
 */
const credentials = (appId: string) => ({
  isValidAppId: async (id: unknown) => String(id).toLowerCase() === appId.toLowerCase(),
  isAuthenticationDisabled: async () => false,
  createCredentials: async () => ({
    signRequest: async (): Promise<never> => {
      throw new Error('The library must not call Teams by itself.');
    },
  }),
});

type Application = InstanceType<typeof import('@microsoft/teams-ai').Application>;

function addRoutes(app: Application, visitOf: (context: TurnContext) => Visit): void {
  app.turn('beforeTurn', async context => {
    await visitOf(context).came();
    return true;
  });
  for (const verb of alertActions) {
    // The library wants a card or a text, and without `refresh` in it: one card with that makes it change the message for everybody
    // from then on.
    app.adaptiveCards.actionExecute<Record<string, unknown>>(
      verb,
      async (context, _state, data) => (await visitOf(context).pressed(verb, data)) as never,
    );
    app.adaptiveCards.actionSubmit<Record<string, unknown>>(verb, async (context, _state, data) => {
      await visitOf(context).submitted(verb, data);
    });
  }
  app.adaptiveCards.actionExecute(
    /.*/,
    async () => 'This button is of an older version of Baton and does nothing any more.',
  );
  app.activity('message', async context => visitOf(context).said(context.activity.text ?? ''));
}
