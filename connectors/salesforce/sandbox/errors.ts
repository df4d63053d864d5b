/** A refusal in the shape of the REST API: HTTP status and one element of the list that its body is. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly fields: string[] | undefined;
  constructor(status: number, errorCode: string, message: string, fields?: string[]) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
    this.fields = fields;
  }
  get body(): unknown[] {
    return [{ message: this.message, errorCode: this.errorCode, ...(this.fields && { fields: this.fields }) }];
  }
}

export const notFound = (): ApiError => new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
export const invalidSession = (): ApiError => new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
export const malformedQuery = (message: string): ApiError => new ApiError(400, 'MALFORMED_QUERY', message);
export const parserError = (message: string): ApiError => new ApiError(400, 'JSON_PARSER_ERROR', message);
