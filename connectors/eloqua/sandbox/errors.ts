/** A refusal of the API: a status and a body, which is a list of validation errors, a JSON text, or nothing. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body?: unknown) {
    super(`HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

type About = { objectType: string; objectId?: string };

/** What is wrong with a property of what was sent. */
export const objectError = (
  { objectType, objectId }: About,
  property: string,
  requirement: string,
  value: unknown,
  status = 400,
): ApiError =>
  new ApiError(status, [
    {
      type: 'ObjectValidationError',
      container: { type: 'ObjectKey', objectType, ...(objectId !== undefined && { objectId }) },
      property,
      requirement: { type: requirement },
      value: value === undefined || value === null ? '<null>' : String(value),
    },
  ]);

/** What is wrong with a part of the address. */
export const parameterError = (parameter: string, requirement: string, value: unknown): ApiError =>
  new ApiError(400, [
    { type: 'EndpointParameterError', parameter, requirement: { type: requirement }, value: String(value) },
  ]);

export const notAuthenticated = () => new ApiError(401, 'Not authenticated.');
export const notFound = () => new ApiError(404);
