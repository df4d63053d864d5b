import type { Stored } from './validate.ts';

/** What the rules of saving may look at. `list` gives no deleted records, `find` does. */
export type Records = { find(id: string): Stored | undefined; list(name: string): Stored[]; now(): number };

/** Who saves, and what their headers ask for. */
export type Saver = {
  userId: string;
  /** Sforce-Auto-Assign: the active assignment rule decides on the owner. */
  autoAssign: boolean;
  /** Sforce-Duplicate-Rule-Header: allowSave=true. */
  allowSave: boolean;
};

/** One saving: the record as it will be, as it was (undefined for a new one), and the fields that the client wrote. */
export type Saving = { type: string; next: Stored; before: Stored | undefined; written: Stored };

export const textOf = (record: Stored | undefined, name: string): string | undefined => {
  const value = record?.[name];
  return typeof value === 'string' ? value : undefined;
};
