/** A refusal in the shape of version 5 of the API: a coarse HTTP status, and `{code, message}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
  get body(): { code: number; message: string } {
    return { code: this.code, message: this.message };
  }
}

export const missingParameter = (name: string) =>
  new ApiError(400, 13, `One or more required parameters are missing: ${name}`);
export const notFound = () => new ApiError(404, 109, 'The requested record was not found.');
export const noEndpoint = () => new ApiError(404, 198, 'Endpoint not found');
export const accessDenied = () => new ApiError(405, 49, 'Access Denied');
export const invalidFields = (name: string) =>
  new ApiError(400, 180, `One or more of the specified fields are invalid: ${name}`);
export const invalidProperty = (name: string, what: string) =>
  new ApiError(400, 154, `Invalid property in request: ${name} ${what}`);
