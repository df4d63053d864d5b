/** Presses a button on a vendor's consent page, as a browser would. Answers where the vendor sends the browser then. */
export const pressConsent = async (authorizeUrl: string, decision: 'allow' | 'deny'): Promise<URL> => {
  const page = await (await fetch(authorizeUrl, { redirect: 'manual' })).text();
  const decoded = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, entity => entities[entity] ?? entity);
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const form = new URLSearchParams(
    fields.map(([, name = '', value = '']) => [decoded(name), decoded(value)] as [string, string]),
  );
  form.set('decision', decision);
  const answer = await fetch(authorizeUrl.split('?')[0] ?? authorizeUrl, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  const location = answer.headers.get('location');
  if (answer.status !== 302 || !location)
    throw new Error(`the consent page answered ${answer.status}: ${await answer.text()}`);
  return new URL(location);
};
const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
