/** Prometheus metrics of a daemon. Names begin with `atoma_node_`. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the daemon counts. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'endpoint' | 'code'>;
  readonly units: Counter<'role' | 'source'>;
  readonly lostUnits: Counter;
  readonly overhead: Histogram<'endpoint'>;
  readonly firstByte: Histogram<'endpoint'>;
  readonly queueTime: Histogram;
  readonly running: Gauge;
  readonly openRows: Gauge;
  readonly reserved: Gauge;
  readonly outbox: Gauge<'state'>;
  readonly outboxAge: Gauge;
  readonly dutySlack: Gauge<'kind'>;
  readonly alarms: Counter<'kind'>;
  readonly chainLag: Gauge;
  readonly clockOffset: Gauge;
  readonly chainErrors: Counter<'call'>;
}

const seconds = [0.000_25, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

/** Makes the metrics of one daemon, on a registry of its own. */
export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const name = (rest: string): string => `atoma_node_${rest}`;
  collectDefaultMetrics({ register: registry, prefix: 'atoma_node_' });
  const counter = <L extends string>(rest: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: name(rest), help, labelNames, registers });
  const gauge = <L extends string>(rest: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name: name(rest), help, labelNames, registers });
  const histogram = <L extends string>(rest: string, help: string, labelNames: L[] = []) =>
    new Histogram<L>({ name: name(rest), help, labelNames, registers, buckets: seconds });
  return {
    registry,
    requests: counter('requests_total', 'Answers by endpoint and code', ['endpoint', 'code']),
    units: counter('units_total', 'Units charged by role and by who counted them', ['role', 'source']),
    lostUnits: counter('lost_units_total', 'Units produced and never billed'),
    overhead: histogram('overhead_seconds', 'Time of a request not spent in the engine', ['endpoint']),
    firstByte: histogram('first_byte_seconds', 'Time to the first byte of an answer', ['endpoint']),
    queueTime: histogram('queue_seconds', 'Time from reservation to the first engine output'),
    running: gauge('running_requests', 'Requests in the engines'),
    openRows: gauge('open_rows', 'Requests under way in the ledger'),
    reserved: gauge('reserved_units', 'Units reserved by open requests'),
    outbox: gauge('outbox_entries', 'Transactions by state', ['state']),
    outboxAge: gauge('outbox_oldest_seconds', 'Age of the oldest unconfirmed transaction'),
    dutySlack: gauge('duty_slack_epochs', 'Epochs left for the most urgent duty', ['kind']),
    alarms: counter('alarms_total', 'Things an operator must look at', ['kind']),
    chainLag: gauge('chain_lag_seconds', 'Age of the last successful chain read'),
    clockOffset: gauge('clock_offset_seconds', 'Own clock minus checkpoint time'),
    chainErrors: counter('chain_errors_total', 'Failed chain calls', ['call']),
  };
};
