/** An answer that is no success: status, body and headers as the vendor's documentation shows them. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const badRequest = (error: string): Refusal => new Refusal(400, { error });
export const gone = (): Refusal => new Refusal(404, { code: 'not_found', message: 'The record was not found' });
