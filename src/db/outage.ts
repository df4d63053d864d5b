import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

/** Connection broken or refused (08), too many of something (53), the server is stopping (57P), lost to another transaction (40). */
const states = /^(08|53|57P|40)...?$/;
const codes = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN))$/;
/** What the PostgreSQL client says without a code. */
const sayings =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/**
 * Says whether an error of the database is about the database at this moment, and not about what it was asked: the same
 * may go well later. PostgreSQL's codes are in its manual, appendix A.
 */
export function isOutage(error: unknown): boolean {
  // TypeORM takes a connection out of use when it breaks; we never ask through one that we have given back.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error)) return false;
  const code = 'code' in cause ? String(cause.code) : '';
  return states.test(code) || codes.test(code) || sayings.test(cause.message);
}
