/** A refusal in the shape of the REST API: HTTP status and one element of the list that its body is. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly fields: string[] | undefined;
  /** What stands beside message, code and fields, as a duplicate rule's finds do. */
  readonly more: Record<string, unknown>;
  constructor(
    status: number,
    errorCode: string,
    message: string,
    fields?: string[],
    more: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
    this.fields = fields;
    this.more = more;
  }
  get body(): unknown[] {
    return [
      { message: this.message, errorCode: this.errorCode, ...(this.fields && { fields: this.fields }), ...this.more },
    ];
  }
}

export const notFound = (): ApiError => new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
export const invalidSession = (): ApiError => new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
export const malformedQuery = (message: string): ApiError => new ApiError(400, 'MALFORMED_QUERY', message);
export const parserError = (message: string): ApiError => new ApiError(400, 'JSON_PARSER_ERROR', message);

/** A field whose value does not go together with the others of its record. */
export const integrity = (message: string, ...fields: string[]): ApiError =>
  new ApiError(400, 'FIELD_INTEGRITY_EXCEPTION', message, fields);
export const missing = (names: string[]): ApiError =>
  new ApiError(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, names);
export const convertedLead = (): ApiError =>
  new ApiError(400, 'CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead', []);
