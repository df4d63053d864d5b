import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { isOutage } from './outage.ts';

const coded = (code: string) => Object.assign(new Error('no'), { code });

test.each(['57P01', '08006', '53300', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET', 'SQLITE_BUSY', 'SQLITE_FULL'])(
  '%s is an outage, also where TypeORM wraps it',
  code => {
    expect(isOutage(coded(code))).toBe(true);
    expect(isOutage(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(true);
  },
);

test.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])('%s is one', message => {
  expect(isOutage(new Error(message))).toBe(true);
});

test('a connection that TypeORM has taken out of use is one', () => {
  expect(isOutage(new QueryRunnerAlreadyReleasedError())).toBe(true);
});

test.each(['23505', '22P05', '42703', 'SQLITE_CONSTRAINT', 'SQLITE_ERROR'])('%s is about the question', code => {
  expect(isOutage(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(false);
});

test.each([new TypeError('x is undefined'), 'text', undefined])('%p is none', error => {
  expect(isOutage(error)).toBe(false);
});
