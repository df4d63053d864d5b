/** The line by which a lost answer is settled. */
export const stepMark = (stepKey: string): string => `Baton step ${stepKey}`;

/** The step that a text ends with, whatever HubSpot made of its markup; undefined where it names none. */
export function stepIn(text: string | null | undefined): string | undefined {
  const marks = [
    ...(text ?? '').replace(/<[^>]*>/g, ' ').matchAll(/Baton step ([A-Za-z0-9_-]{8,64})(?![A-Za-z0-9_-])/g),
  ];
  return marks.at(-1)?.[1];
}
