/**
 * A question that many ask at once: those who ask the same in one turn of the loop share the answer, which is looked for once
 * they all have asked, so that it is never older than the asking. It has been handed to others as well: it is for reading.
 * @param nameOf what tells one question from another
 */
export function inTurn<Question extends unknown[], Answer>(
  nameOf: (...question: Question) => string,
  answer: (...question: Question) => Promise<Answer>,
): (...question: Question) => Promise<Answer> {
  const asked = new Map<string, Promise<Answer>>();
  return (...question) => {
    const name = nameOf(...question);
    const known = asked.get(name);
    if (known) return known;
    const found = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      asked.delete(name);
      return answer(...question);
    });
    asked.set(name, found);
    return found;
  };
}
