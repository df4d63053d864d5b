import type { TableColumnOptions } from 'typeorm';

// Column types that mean the same on both databases.
type Options = Partial<TableColumnOptions>;
export const varchar = (name: string, length: number, options: Options = {}) => ({
  name,
  type: 'varchar',
  length: String(length),
  ...options,
});
export const text = (name: string, options: Options = {}) => ({ name, type: 'text', ...options });
export const integer = (name: string, options: Options = {}) => ({ name, type: 'integer', ...options });
export const bigint = (name: string, options: Options = {}) => ({ name, type: 'bigint', ...options });
