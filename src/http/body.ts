import type { IncomingMessage } from 'node:http';
import { safeJson } from '../json.ts';
import { Problem } from './problem.ts';

/**
 * Reads a request's body, giving up as soon as it is larger than `limit` bytes.
 * @param grew is told of every piece that is kept, in bytes
 * @throws Problem `too-large`, `unsupported-media-type` for a compressed body, `malformed-request` where the sender hung up
 */
export function readBody(request: IncomingMessage, limit: number, grew?: (bytes: number) => void): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    return Promise.reject(new Problem('unsupported-media-type', 'Send the body without Content-Encoding.'));
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const keep = (piece: Buffer) => {
      size += piece.length;
      if (size <= limit) {
        pieces.push(piece);
        grew?.(piece.length);
        return;
      }
      // The rest is thrown away as it comes: a sender that is still writing gets to read the answer.
      request.off('data', keep).resume();
      reject(new Problem('too-large', `The body may have ${limit} bytes at most.`));
    };
    const hungUp = () => reject(new Problem('malformed-request', 'The body ended before it was complete.'));
    request.on('data', keep);
    request.on('end', () => {
      // It closes every time; only before its end does that mean something.
      request.off('close', hungUp);
      resolve(Buffer.concat(pieces));
    });
    request.on('error', hungUp);
    request.on('close', hungUp);
  });
}

/**
 * @returns the bytes as text and JSON
 * @throws Problem `malformed-request` where they are not UTF-8 or not JSON
 */
export function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Problem('malformed-request', 'The body is not valid UTF-8.');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem('malformed-request', `The body is not valid JSON: ${reasonOf(error)}.`);
  }
}

// V8 puts a piece of the text into its message; the place is enough, and the text may be confidential.
const reasonOf = (error: unknown) => {
  const place = /position (\d+)/.exec(error instanceof Error ? error.message : '');
  return place ? `it breaks off at character ${place[1]}` : 'it ends too early or holds something else';
};

/** A JSON body of the admin API: read, parsed and made safe to keep. */
export async function readJson(request: IncomingMessage, limit = 1024 * 1024): Promise<unknown> {
  const type = mediaType(request.headers['content-type']);
  if (type?.name !== 'application/json' && !type?.name.endsWith('+json')) {
    throw new Problem('unsupported-media-type', 'Send JSON with Content-Type: application/json.');
  }
  const safe = safeJson(parseJson(await readBody(request, limit)));
  if (!safe) throw new Problem('invalid-request', 'The body is nested too deeply (64 levels at most).');
  return safe.value;
}

/** @returns the lower-case media type and its charset, or undefined where the header is missing or unreadable */
export function mediaType(header: string | undefined): { name: string; charset?: string } | undefined {
  const [name, ...parameters] = (header ?? '').split(';').map(part => part.trim());
  if (!name || !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(name)) return undefined;
  const charset = parameters.map(part => /^charset\s*=\s*"?([^"]+?)"?$/i.exec(part)?.[1]).find(found => found);
  return { name: name.toLowerCase(), ...(charset && { charset: charset.toLowerCase() }) };
}
