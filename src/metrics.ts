import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What the hub counts about itself. Labels are names of ours, never a customer's data. */
export type Metrics = {
  registry: Registry;
  /** Events by outcome: accepted, duplicate, rejected. */
  events: Counter<'outcome'>;
  /** Ingest requests turned away because too much was waiting. */
  shed: Counter;
  /** Ends of steps, by action and outcome: succeeded, skipped, or the kind of failure that ended it. */
  steps: Counter<'action' | 'outcome'>;
  /** Tries that failed and are followed by another, by action and kind of failure. */
  retries: Counter<'action' | 'kind'>;
  /** Runs started. */
  runs: Counter;
  /** Seconds per request, by method, route (as declared, without ids) and status. */
  requests: Histogram<'method' | 'route' | 'status'>;
};

/** @param options.process whether to collect Node's own figures too (memory, event loop, garbage collection) */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    events: new Counter({
      name: 'baton_events_total',
      help: 'Events received, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    shed: new Counter({ name: 'baton_ingest_shed_total', help: 'Ingest requests answered with 429.', registers }),
    steps: new Counter({
      name: 'baton_steps_total',
      help: 'Steps that came to their end, by outcome.',
      labelNames: ['action', 'outcome'],
      registers,
    }),
    retries: new Counter({
      name: 'baton_step_retries_total',
      help: 'Failed tries that are followed by another, by kind of failure.',
      labelNames: ['action', 'kind'],
      registers,
    }),
    runs: new Counter({ name: 'baton_runs_started_total', help: 'Runs started.', registers }),
    requests: new Histogram({
      name: 'baton_http_request_seconds',
      help: 'Time to answer an HTTP request.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
  };
}
