/** A buyer that asks one question and kills itself with SIGKILL where it is told: `crash-buyer.ts <json>`. */
import { readFileSync } from 'node:fs';
import { createAtoma, createBuyer, createClient, decodeDeployment, openJournal, readKeyFile } from '@atoma/sdk';

/** What the process is told. */
export interface CrashOrder {
  readonly url: string;
  readonly deployment: string;
  readonly key: string;
  readonly journal: string;
  /** Outbox step or event to die at; `none`: live. */
  readonly point: string;
  readonly model: string;
}

const order = JSON.parse(process.argv[2] as string) as CrashOrder;
const die = (at: string): void => {
  if (at === order.point) process.kill(process.pid, 'SIGKILL');
};
const client = createClient({ network: 'localnet', url: order.url });
const deployment = decodeDeployment(readFileSync(order.deployment, 'utf8'));
const atoma = createAtoma({ client, deployment, signer: await readKeyFile(order.key) });
const buyer = await createBuyer(
  {
    atoma,
    journal: await openJournal({ path: order.journal }),
    policy: { allowPrivateNodes: true, stackUnits: 400_000n, pauseMs: [5, 20], attempts: 2 },
    onEvent: ({ kind }) => die(kind),
  },
  { onOutboxStep: die },
);
const answer = await buyer.fetch('http://atoma/v1/chat/completions', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: order.model, messages: [{ role: 'user', content: 'hello' }], max_tokens: 20 }),
});
console.log(answer.status);
if (!answer.ok) console.error(await answer.text());
die('answered');
await buyer.close();
