import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const found = places.find(place => existsSync(place));

/** Whether there is a browser to test with. Where there is none it says so in one line, and fails where it is required. */
export function hasBrowser(what: string): boolean {
  if (found) return true;
  const told = `Not run: ${what} (there is no Chromium at ${places.join(', ')}).`;
  if (process.env.REQUIRE_SERVICES === '1') throw new Error(told);
  console.log(told);
  return false;
}

/** Chromium without a window. It keeps pages for going back to, as people's browsers do. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: found!,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
