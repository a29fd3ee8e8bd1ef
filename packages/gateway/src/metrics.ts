/** What the gateway counts. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of one gateway. */
export interface GatewayMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'endpoint' | 'code'>;
  readonly units: Counter<'model'>;
  readonly cost: Counter<'model'>;
  readonly overhead: Histogram<'endpoint'>;
  readonly firstByte: Histogram<'endpoint'>;
  readonly running: Gauge;
  readonly rejectedKeys: Counter;
  readonly untrusted: Counter;
  readonly purchases: Counter;
  readonly replayed: Counter;
}

const FAST = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];
const SLOW = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Makes the metrics. */
export const createGatewayMetrics = (): GatewayMetrics => {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name, help, labelNames: [...labelNames], registers });
  return {
    registry,
    requests: counter('atoma_gateway_requests_total', 'Requests by endpoint and status', ['endpoint', 'code']),
    units: counter('atoma_gateway_units_total', 'Compute units charged', ['model']),
    cost: counter('atoma_gateway_cost_base_units_total', 'Base units of TOMA charged', ['model']),
    overhead: new Histogram({
      name: 'atoma_gateway_overhead_seconds',
      help: 'Time of a request not spent waiting for a node',
      labelNames: ['endpoint'],
      buckets: FAST,
      registers,
    }),
    firstByte: new Histogram({
      name: 'atoma_gateway_first_byte_seconds',
      help: 'Time until the answer of a request began',
      labelNames: ['endpoint'],
      buckets: SLOW,
      registers,
    }),
    running: new Gauge({ name: 'atoma_gateway_running', help: 'Requests under way', registers }),
    rejectedKeys: counter('atoma_gateway_rejected_keys_total', 'Requests without a valid key'),
    untrusted: counter('atoma_gateway_untrusted_total', 'Nodes that failed verification'),
    purchases: counter('atoma_gateway_purchases_total', 'Stacks bought'),
    replayed: counter('atoma_gateway_replayed_total', 'Answers given again for an idempotency key'),
  };
};
