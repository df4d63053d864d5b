/** When something came to be, and by which event where one did. Every `Stamp` is one. */
export type Moment = { at: number; source?: string; id?: string };

/** Whether `left` comes before `right`, by (at, id, source). A moment without an event comes before one with. */
export function isBefore(left: Moment, right: Moment): boolean {
  if (left.at !== right.at) return left.at < right.at;
  const [leftId, rightId] = [left.id ?? '', right.id ?? ''];
  if (leftId !== rightId) return leftId < rightId;
  return (left.source ?? '') < (right.source ?? '');
}

/** The first of the moments that are there; of equal ones the one named first. */
export function earliest<M extends Moment>(...moments: (M | undefined)[]): M | undefined {
  return moments.reduce((best, moment) => (moment && (!best || isBefore(moment, best)) ? moment : best), undefined);
}

/** The last of the moments that are there; of equal ones the one named first. */
export function latest<M extends Moment>(...moments: (M | undefined)[]): M | undefined {
  return moments.reduce((best, moment) => (moment && (!best || isBefore(best, moment)) ? moment : best), undefined);
}
