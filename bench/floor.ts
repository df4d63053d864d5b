// The floor: what express and undici cost by themselves. It stores nothing, decides nothing and forgets all at a crash.
import express from 'express';
import { Agent, request } from 'undici';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json({ type: () => true, limit: '4mb' }));
const agent = new Agent({ connections: 20, pipelining: 1, allowH2: false });

app.post('/v1/events', (_request, response) => {
  response.status(202).json({ accepted: 1, duplicates: 0, rejected: [] });
});

/** Hands the event's id straight on to the vendor, and answers once the vendor has. */
app.post('/relay', async ({ body }, response) => {
  const answer = await request(process.env.VENDOR_URL!, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: body.id, visitor: body.data.visitor.email }),
    dispatcher: agent,
  });
  await answer.body.dump();
  response.status(202).json({ accepted: 1, duplicates: 0, rejected: [] });
});

const server = app.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  process.exit(0);
});
