/** What comes of some work within `ms`. The work itself goes on. @throws TimeoutError where it takes longer */
export async function inTime<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  const late = AbortSignal.timeout(ms);
  const given = new Promise<never>((_resolve, reject) => {
    late.addEventListener('abort', () => reject(late.reason), { once: true });
  });
  return Promise.race([work, given]);
}
