import { v7 } from 'uuid';

/** A new row id: 32 hexadecimal digits that sort by the time they were made (UUID version 7 without its dashes). */
export const newId = (): string => v7().replaceAll('-', '');
