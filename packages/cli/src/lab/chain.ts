/** A published market on a ledger in memory, driven by signed transactions with no client between: fast enough for thousands of runs. */
import {
  advanceEpoch,
  chainState,
  closeLedger,
  embeddedTransport,
  executeTransaction,
  fundAddress,
  getObject,
  type Ledger,
  listOwnedObjects,
  openLedger,
  type TransactionRecord,
} from '@atoma/localnet';
import {
  type Atoma,
  type AtomaEvent,
  createAtoma,
  createClient,
  type Deployment,
  decodeEvent,
  type EventKind,
  type EventOf,
  faucet,
  publishAtoma,
  signerFromSecret,
} from '@atoma/sdk';
import { bcs } from '@mysten/sui/bcs';
import type { Signer } from '@mysten/sui/cryptography';
import { Inputs, Transaction, type TransactionObjectArgument, type TransactionResult } from '@mysten/sui/transactions';
import { secretOf } from '../up/plan.ts';
import { labError } from './lab-errors.ts';

const listsBcs = bcs.vector(bcs.byteVector());

type Ref = { readonly objectId: string; readonly version: string; readonly digest: string };
type Arg = TransactionObjectArgument | ReturnType<Transaction['pure']['u64']> | TransactionResult;

/** The ledger, the market on it, and the versions of every object the lab touches. */
export interface LabChain {
  readonly ledger: Ledger;
  readonly deployment: Deployment;
  readonly publisher: Atoma;
  /** Object id to its latest version. */
  readonly refs: Map<string, Ref>;
  readonly shared: Map<string, number>;
  readonly gasPrice: bigint;
}

/** Someone who acts. */
export interface Actor {
  readonly name: string;
  readonly address: string;
  readonly signer: Signer;
  readonly atoma: Atoma;
  readonly gasId: string;
  /** Coin of TOMA it pays with; empty before the first one. */
  purse: string;
}

/** What a transaction did. */
export interface Did {
  /** Name of the abort, null when it succeeded. */
  readonly abort: string | null;
  readonly events: readonly AtomaEvent[];
  readonly record: TransactionRecord;
}

const MIST = 10n ** 16n;
const BUDGET = 3_000_000_000n;
const PUBLISH_BUDGET = 20_000_000_000n;
const RANDOM = `0x${'8'.padStart(64, '0')}`;

/** `0x` in front, once. */
const hex = (id: string): string => (id.startsWith('0x') ? id : `0x${id}`);

/** Opens a ledger and publishes the shipped contract; draws and keys follow `seed`. */
export const openLabChain = async (seed: string): Promise<LabChain> => {
  const ledger = await openLedger({ seed, clock: 'logical' });
  const client = createClient({ network: 'embedded', transport: embeddedTransport(ledger) });
  const signer = await signerFromSecret(secretOf(seed, 'lab publisher'));
  fundAddress(ledger, signer.toSuiAddress().slice(2), MIST);
  const { deployment } = await publishAtoma({
    client,
    signer,
    network: 'embedded',
    enableFaucet: true,
    gasBudget: PUBLISH_BUDGET,
  });
  const publisher = createAtoma({ client, deployment, signer });
  const gasPrice = BigInt(chainState(ledger).referenceGasPrice);
  return { ledger, deployment, publisher, refs: new Map(), shared: new Map(), gasPrice };
};

/** Makes someone with money for gas. */
export const addActor = async (chain: LabChain, seed: string, name: string): Promise<Actor> => {
  const signer = await signerFromSecret(secretOf(seed, `lab ${name}`));
  const address = signer.toSuiAddress();
  fundAddress(chain.ledger, address.slice(2), MIST);
  const [coin] = listOwnedObjects(chain.ledger, { owner: address, limit: 1 }).items;
  if (!coin) throw labError('REFUSED', { call: `funding ${name}`, why: 'no coin arrived' });
  const { client } = chain.publisher;
  const atoma = createAtoma({ client, deployment: chain.deployment, signer });
  return { name, address, signer, atoma, gasId: hex(coin.id), purse: '' };
};

const refOf = (chain: LabChain, id: string): Ref => {
  const known = chain.refs.get(id);
  if (known) return known;
  const object = getObject(chain.ledger, id);
  if (!object) throw labError('REFUSED', { call: `using object ${id}`, why: 'it does not exist' });
  return { objectId: id, version: String(object.version), digest: object.digest };
};

const sharedRef = (chain: LabChain, id: string, mutable: boolean) => {
  let initialSharedVersion = chain.shared.get(id);
  if (initialSharedVersion === undefined) {
    const owner = getObject(chain.ledger, id)?.owner;
    initialSharedVersion = owner?.kind === 'shared' ? owner.initialVersion : 0;
    chain.shared.set(id, initialSharedVersion);
  }
  return Inputs.SharedObjectRef({ objectId: id, initialSharedVersion, mutable });
};

/** Builds arguments of calls. */
export interface Args {
  readonly tx: Transaction;
  readonly owned: (id: string) => Arg;
  readonly random: () => Arg;
  readonly u64: (value: bigint) => Arg;
  readonly u64s: (values: readonly bigint[]) => Arg;
  readonly bytes: (value: Uint8Array) => Arg;
  readonly lists: (values: readonly Uint8Array[]) => Arg;
  /** No value of an optional argument. */
  readonly none: () => Arg;
  readonly yes: () => Arg;
  readonly no: () => Arg;
}

const argsOf = (chain: LabChain, tx: Transaction): Args => ({
  tx,
  owned: (id) => tx.object(Inputs.ObjectRef(refOf(chain, id))),
  random: () => tx.object(sharedRef(chain, RANDOM, false)),
  u64: (value) => tx.pure.u64(value),
  u64s: (values) => tx.pure.vector('u64', [...values]),
  bytes: (value) => tx.pure.vector('u8', [...value]),
  lists: (values) => tx.pure(listsBcs.serialize(values)),
  none: () => tx.pure.option('vector<u8>', null),
  yes: () => tx.pure.bool(true),
  no: () => tx.pure.bool(false),
});

const execute = async (chain: LabChain, actor: Actor, fill: (args: Args) => void | Promise<void>): Promise<Did> => {
  const tx = new Transaction();
  tx.setSender(actor.address);
  tx.setGasPrice(chain.gasPrice);
  tx.setGasBudget(BUDGET);
  tx.setGasPayment([refOf(chain, actor.gasId)]);
  await fill(argsOf(chain, tx));
  const bytes = await tx.build();
  const { signature } = await actor.signer.signTransaction(bytes);
  const record = executeTransaction(chain.ledger, bytes, [new Uint8Array(Buffer.from(signature, 'base64'))]);
  for (const { id, output } of record.effects.changedObjects) {
    const objectId = hex(id);
    if (output?.kind !== 'object') chain.refs.delete(objectId);
    else chain.refs.set(objectId, { objectId, version: String(output.version), digest: output.digest });
  }
  const { error } = record.effects;
  return {
    abort: error && (error.abort?.clever?.name ?? error.description),
    record,
    events: record.events
      .map((event) =>
        decodeEvent(chain.deployment, { eventType: event.type, bcs: event.contents, sender: hex(event.sender) }),
      )
      .filter((event) => event !== null),
  };
};

/** Calls a function of `atoma::db`; the database is its first argument. By name, since scenarios also send what the SDK's writes refuse. Aborts come back as data. */
export const tryCall = (
  chain: LabChain,
  actor: Actor,
  name: string,
  args: (a: Args) => readonly Arg[] = () => [],
): Promise<Did> =>
  execute(chain, actor, (a) => {
    const db = a.tx.object(sharedRef(chain, String(chain.deployment.dbId), true));
    a.tx.moveCall({ target: `${chain.deployment.packageId}::db::${name}`, arguments: [db, ...args(a)] });
  });

/** {@link tryCall} of something that must succeed. Throws `LAB_REFUSED`. */
export const call = async (
  chain: LabChain,
  actor: Actor,
  name: string,
  args: (a: Args) => readonly Arg[] = () => [],
): Promise<Did> => {
  const did = await tryCall(chain, actor, name, args);
  if (did.abort !== null) throw labError('REFUSED', { call: `${name} by ${actor.name}`, why: did.abort });
  return did;
};

/** Fills a purse from TOMA's faucet, base units; at most 1,000 TOMA an epoch. */
export const fillPurse = async (chain: LabChain, actor: Actor, amount: bigint): Promise<void> => {
  const did = await execute(chain, actor, ({ tx }) => {
    tx.object(sharedRef(chain, String(chain.deployment.faucetId), true)); // the write's own input is this one then
    return faucet.add(actor.atoma, tx, { amount });
  });
  if (did.abort !== null) throw labError('REFUSED', { call: `faucet for ${actor.name}`, why: did.abort });
  const coin = did.record.effects.changedObjects.find(
    ({ idOperation, output }) =>
      idOperation === 'created' && output?.kind === 'object' && output.owner.kind === 'address',
  );
  actor.purse = hex(coin?.id ?? '');
};

/** The event of a kind; undefined when there was none. */
export const eventOf = <Kind extends EventKind>(did: Did, kind: Kind): EventOf<Kind> | undefined =>
  did.events.find((event): event is EventOf<Kind> & AtomaEvent => event.kind === kind) as EventOf<Kind> | undefined;

/** Epoch now. */
export const epochOf = (chain: LabChain): bigint => BigInt(chainState(chain.ledger).epoch);

/** Ends epochs until `epoch` has begun. */
export const reachEpoch = (chain: LabChain, epoch: bigint): void => {
  const left = epoch - epochOf(chain);
  if (left > 0n) advanceEpoch(chain.ledger, Number(left));
};

/** Closes the ledger. */
export const closeLabChain = (chain: LabChain): void => closeLedger(chain.ledger);
