/** A refusal of the Bot Connector: `{error: {code, message}}` under a status. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Whole seconds; of a 429. */
  readonly retryAfter: number | undefined;
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
  get body() {
    return { error: { code: this.code, message: this.message } };
  }
}

export const notInRoster = () =>
  new Refusal(403, 'BotNotInConversationRoster', 'The bot is not part of the conversation roster.');
export const noConversation = () => new Refusal(404, 'ConversationNotFound', 'Conversation not found.');
export const badSyntax = (message: string) => new Refusal(400, 'BadSyntax', message);
