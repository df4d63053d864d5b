import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import express, { type NextFunction, type Request, type Response } from 'express';
import * as z from 'zod';
import type { SandboxContext, SandboxInstance, SandboxRequest, SandboxVendor } from '../sdk/testing/sandbox.ts';
import { createExchanges, type Exchange, type Exchanges } from './exchanges.ts';
import { createFaults, type FaultInput, type Faults } from './faults.ts';
import { overviewPage } from './pages.ts';
import { vendorFront } from './vendor.ts';

export type SandboxOptions = {
  vendors: SandboxVendor[];
  /** 0, the default, takes a free port. */
  port?: number;
  consent?: 'page' | 'auto';
  /** Exchanges are also appended to this file. */
  exchangesFile?: string;
  /** Epoch ms. */
  now?(): number;
  /** How a scripted delay is waited for; by default, as long as it says. */
  wait?(ms: number): Promise<unknown>;
};

export type Sandbox = {
  /** Without a trailing slash, e.g. http://127.0.0.1:4010. */
  url: string;
  /** The environment lines of every vendor. */
  settings(): Record<string, string>;
  /** What a vendor stores of one type; throws for an unknown vendor or type. */
  records(vendor: string, type: string): unknown[];
  exchanges(): Exchange[];
  /** Scripts a fault; throws a ZodError for a malformed one. */
  fault(vendor: string, script: FaultInput): void;
  /** What an administrator of the vendor would do; answers the controls as they now are. */
  control(vendor: string, body: unknown): unknown;
  /** Forgets records, faults and exchanges. What was granted stays. */
  reset(): void;
  close(): Promise<void>;
};

type Running = { vendor: SandboxVendor; instance: SandboxInstance; faults: Faults; base: string };

/** A delay that is still running does not keep a closed sandbox alive. */
const patiently = (ms: number): Promise<unknown> => setTimeout(ms, undefined, { ref: false });

/** What vendors that are not called by HTTP ask for their scripted faults. */
const faultOf =
  (faults: Faults, wait: (ms: number) => Promise<unknown>): SandboxContext['fault'] =>
  async ({ method, path, named }) => {
    const fault = faults.take(method, path, named);
    if (fault?.delayMs) await wait(fault.delayMs);
    return fault;
  };

const keepRaw = (request: Request, _response: Response, next: NextFunction): void => {
  (request as SandboxRequest).rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  next();
};

/** Starts the vendors' sandbox on 127.0.0.1, every vendor under /<vendor>. Rejects where the port is taken. */
export const startSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const { now = Date.now, wait = patiently, consent = 'page' } = options;
  const app = express().disable('x-powered-by').disable('etag');
  const server = createServer(app);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running: Running[] = options.vendors.map(vendor => {
    const base = `${url}/${vendor.vendor}`;
    const faults = createFaults();
    return { vendor, base, faults, instance: vendor.create({ base, now, consent, fault: faultOf(faults, wait) }) };
  });
  const exchanges = createExchanges({ file: options.exchangesFile });
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await Promise.all([once(server, 'close'), ...running.map(({ instance }) => instance.close?.())]);
  };
  try {
    await Promise.all(running.map(({ instance }) => instance.start?.()));
  } catch (error) {
    await close();
    throw error;
  }
  const sandbox: Sandbox = { url, close, ...operations(running, exchanges) };

  app.use(express.raw({ type: () => true, limit: '64mb' }), keepRaw);
  app.get('/', (_request, response) => {
    response.type('html').send(overviewPage(running));
  });
  app.use('/__sandbox', administration(sandbox));
  for (const { vendor, instance, faults } of running)
    app.use(`/${vendor.vendor}`, vendorFront({ vendor, faults, exchanges, now, wait }), instance.router);
  app.use((_request, response) => {
    response.status(404).json({ error: 'nothing is here; GET / shows the vendors' });
  });
  return sandbox;
};

const operations = (running: Running[], exchanges: Exchanges): Omit<Sandbox, 'url' | 'close'> => {
  const find = (name: string): Running => {
    const found = running.find(({ vendor }) => vendor.vendor === name);
    if (!found)
      throw new Error(`no vendor '${name}' here, but ${running.map(({ vendor }) => vendor.vendor).join(', ')}`);
    return found;
  };
  return {
    settings: () =>
      Object.assign(
        {},
        ...running.map(({ vendor, base, instance }) => ({ ...vendor.settings(base), ...instance.settings?.() })),
      ),
    records: (vendor, type) => {
      const records = find(vendor).instance.records(type);
      if (!records) throw new Error(`${vendor} keeps no records of type '${type}'`);
      return records;
    },
    exchanges: () => exchanges.list(),
    fault: (vendor, script) => {
      find(vendor).faults.add(script);
    },
    control: (vendor, body) => {
      const { instance } = find(vendor);
      if (!instance.control) throw new Error(`${vendor} has no controls`);
      return instance.control(body);
    },
    reset: () => {
      for (const { instance, faults } of running) {
        instance.reset();
        faults.clear();
      }
      exchanges.clear();
    },
  };
};

const readJson = (request: Request): unknown => {
  const text = (request as SandboxRequest).rawBody.toString('utf8');
  return text.trim() === '' ? {} : JSON.parse(text);
};

const explain = (error: unknown): string => {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
};

/** The sandbox's own routes, for people and for checks. A wrong request answers 400 or 404 with `{error}`. */
const administration = (sandbox: Sandbox): express.Router => {
  const router = express.Router();
  router.get('/exchanges', (_request, response) => {
    const lines = sandbox.exchanges().map(exchange => `${JSON.stringify(exchange)}\n`);
    response.type('application/x-ndjson').send(lines.join(''));
  });
  router.delete('/state', (_request, response) => {
    sandbox.reset();
    response.status(204).end();
  });
  router.get('/:vendor/records/:type', (request, response) => {
    answer(response, 404, () => sandbox.records(request.params.vendor, request.params.type));
  });
  router.post('/:vendor/faults', (request, response) => {
    answer(response, 400, () => {
      sandbox.fault(request.params.vendor, readJson(request) as FaultInput);
      return { scripted: true };
    });
  });
  router.post('/:vendor/control', (request, response) => {
    answer(response, 400, () => sandbox.control(request.params.vendor, readJson(request)));
  });
  return router;
};

const answer = (response: Response, failure: number, produce: () => unknown): void => {
  try {
    response.json(produce());
  } catch (error) {
    response.status(failure).json({ error: explain(error) });
  }
};
