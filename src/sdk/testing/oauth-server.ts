import type { Request, RequestHandler } from 'express';
import { consentPage, refusalPage } from './html.ts';
import type { SandboxContext, SandboxRequest } from './sandbox.ts';

export type Parameters = Record<string, string | undefined>;

/** A refusal in the words of OAuth 2 (RFC 6749, 4.1.2.1 and 5.2). */
export class OAuthError extends Error {
  readonly error: string;
  readonly status: number;
  constructor(error: string, description: string, status = 400) {
    super(description);
    this.name = 'OAuthError';
    this.error = error;
    this.status = status;
  }
  get body(): Record<string, string> {
    return { error: this.error, error_description: this.message };
  }
}

export const rawText = (request: Request): string => (request as SandboxRequest).rawBody.toString('utf8');
export const queryOf = (request: Request): URLSearchParams =>
  new URL(request.originalUrl, 'http://sandbox').searchParams;
export const formOf = (request: Request): Parameters => Object.fromEntries(new URLSearchParams(rawText(request)));
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];

/** The app's credentials, where they come by HTTP Basic (RFC 6749, 2.3.1). */
export function basicOf(request: Request): Parameters {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!encoded) return {};
  const [client_id, client_secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':').map(decodeURIComponent);
  return { client_id, client_secret };
}

/** The address that an app wants the person sent back to; undefined where it is none. */
export function redirectOf({ redirect_uri = '' }: Parameters): URL | undefined {
  const redirect = URL.parse(redirect_uri);
  return redirect && /^https?:$/.test(redirect.protocol) && !redirect.hash ? redirect : undefined;
}

/** What a vendor's consent page is made of. Each part may throw; `refused` then says what becomes of it. */
export type ConsentPage = {
  /** Where the person goes afterwards. */
  redirect(query: Parameters): URL;
  /** What the person is asked, and the code that they allow with. */
  ask(query: Parameters): { title: string; question: string; wishes: string[]; code(): string };
  /** What the app is told where the person denies. */
  denied: Parameters;
  /**
   * What the vendor does with an error of its own: tells the app (`back`) where the person can be sent back, else shows a page, with
   * status 400 unless it has another. Undefined for an error that is a mistake of the sandbox.
   */
  refused(error: unknown): { title: string; reason: string; status?: number; back?: Parameters } | undefined;
};

/** The consent page, for GET and POST: asks the person, or answers for them, and sends them back to the app. */
export const consentRoute =
  (consent: SandboxContext['consent'], page: ConsentPage): RequestHandler =>
  (request, response) => {
    const pressed = request.method === 'POST';
    const { decision, ...query } = pressed ? formOf(request) : (Object.fromEntries(queryOf(request)) as Parameters);
    const chosen = pressed ? decision : consent === 'auto' ? 'allow' : undefined;
    let redirect: URL | undefined;
    const sendBack = (target: URL, parameters: Parameters): void => {
      for (const [name, value] of Object.entries({ ...parameters, state: query.state }))
        if (value !== undefined) target.searchParams.set(name, value);
      response.redirect(target.href);
    };
    try {
      redirect = page.redirect(query);
      const { code, ...asked } = page.ask(query);
      if (chosen === undefined) response.type('html').send(consentPage({ ...asked, query }));
      else sendBack(redirect, chosen === 'allow' ? { code: code() } : page.denied);
    } catch (error) {
      const refused = page.refused(error);
      if (!refused) throw error;
      const { title, reason, status = 400, back } = refused;
      if (redirect && back) sendBack(redirect, back);
      else response.status(status).type('html').send(refusalPage(title, reason));
    }
  };

/** An endpoint for tokens: answers what `produce` gives (nothing for undefined), or its OAuthError. */
export const tokenRoute =
  (produce: (request: Request) => unknown): RequestHandler =>
  (request, response) => {
    try {
      const answer = produce(request);
      if (answer === undefined) response.status(200).end();
      else response.set('Cache-Control', 'no-store').json(answer);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      response.status(error.status).json(error.body);
    }
  };
