/** Who paid whom: every payment between holders, read from the events of the contract. */
import { type AtomaEvent, describeEvent, disputeOutcomes, type EventOf, listAllEvents } from '@atoma/sdk';
import type { LabMarket } from './lab-market.ts';

/** In what capacity someone paid or was paid. */
export type Part = 'buyer' | 'server' | 'accuser' | 'juror' | 'slashed node' | 'pool';

/** A holder in a part. */
export interface Side {
  /** `buyer`, `accomplice`, `node N` or `pool`. */
  readonly who: string;
  readonly as: Part;
}

/** Money that went from one holder to another, base units of TOMA. */
export interface Payment {
  readonly from: Side;
  readonly to: Side;
  readonly amount: bigint;
}

const pool: Side = { who: 'pool', as: 'pool' };
const buyer: Side = { who: 'buyer', as: 'buyer' };
const nodeAs = (node: bigint, as: Part): Side => ({ who: `node ${node}`, as });

/** A dispute from the events that opened it: who accuses, with what bond, and what the owner of the stack paid for rows. */
interface Accusation {
  readonly accuser: Side;
  readonly bond: bigint;
  readonly shown: bigint;
}

/** Nobody accuses in an audit: its fund is the pool's. */
const accuserOf = (
  { challenger, challengerNodeId }: EventOf<'StackAttestationDisputeEvent'>['data'],
  owner: string | undefined,
): Side => {
  if (/^0x0*$/.test(challenger)) return pool;
  if (challengerNodeId !== 0n) return nodeAs(challengerNodeId, 'accuser');
  return { who: challenger === owner ? 'buyer' : 'accomplice', as: 'accuser' };
};

/** What the end of a dispute moved; fee and surcharge of an acquitted node are told by the event of its claim. */
const resolved = (
  { data }: EventOf<'DisputeResolvedEvent'>,
  { accuser, bond, shown }: Accusation,
): readonly Payment[] => {
  const { outcome, selectedNodeId, jurorPay, paidJurors, challengerShare, challengerBondReturned, poolAmount } = data;
  const isAudit = accuser.who === pool.who;
  const unused = isAudit ? bond : 0n;
  const server = nodeAs(selectedNodeId, 'server');
  const forRows = paidJurors.length > 0 ? (shown - data.ownerBondReturned) / BigInt(paidJurors.length) : 0n;
  const toJury = (from: Side, amount: bigint): readonly Payment[] =>
    paidJurors.map((juror) => ({ from, to: nodeAs(juror, 'juror'), amount }));
  const bonded = { from: accuser, left: bond - challengerBondReturned };
  /** Beside what the owner pays for its rows the jury is paid by the accuser as far as its money goes, then out of slashes, then, where nobody can tell who hid the inputs, by the server. */
  const funds = [bonded, { from: pool, left: data.fromPool }];
  const toJuryOfBoth = (): readonly Payment[] =>
    paidJurors.flatMap((juror) => {
      const to = nodeAs(juror, 'juror');
      let due = jurorPay - forRows;
      const parts = funds.map((fund) => {
        const amount = fund.left < due ? fund.left : due;
        fund.left -= amount;
        due -= amount;
        return { from: fund.from, to, amount };
      });
      return [...parts, { from: server, to, amount: due }];
    });
  const left = bond - challengerBondReturned;
  switch (disputeOutcomes[outcome]) {
    case 'convicted':
      return [
        ...toJury(server, jurorPay - forRows),
        ...toJury(buyer, forRows),
        { from: server, to: accuser, amount: challengerShare },
        { from: server, to: nodeAs(data.shareNodeId, 'accuser'), amount: data.joinedShare },
        { from: server, to: pool, amount: poolAmount - unused },
      ];
    case 'acquitted':
      return [
        ...toJuryOfBoth(),
        ...toJury(buyer, forRows),
        { from: accuser, to: isAudit ? pool : server, amount: bonded.left },
      ];
    case 'unavailable':
      return [{ from: server, to: pool, amount: poolAmount - unused }];
    default:
      return [
        { from: accuser, to: pool, amount: left },
        { from: buyer, to: pool, amount: poolAmount - left },
      ];
  }
};

/** Tells event by event, from the first, what each paid. */
const openPayments = (): ((event: AtomaEvent) => readonly Payment[]) => {
  const accusations = new Map<bigint, Accusation>();
  const owners = new Map<bigint, string>();
  const paidBy = (event: AtomaEvent): readonly Payment[] => {
    switch (event.kind) {
      case 'StackSettlementTicketClaimedEvent': {
        const { selectedNodeId, nodeFee, surcharge } = event.data;
        return [
          { from: buyer, to: nodeAs(selectedNodeId, 'server'), amount: nodeFee },
          { from: buyer, to: pool, amount: surcharge },
        ];
      }
      case 'StackForfeitedEvent':
        return [{ from: nodeAs(event.data.selectedNodeId, 'server'), to: pool, amount: event.data.bond }];
      case 'NodeSlashedEvent':
        return [{ from: nodeAs(event.data.nodeSmallId, 'slashed node'), to: pool, amount: event.data.amount }];
      case 'StackCreatedEvent':
        owners.set(event.data.stackSmallId, event.data.owner);
        return [];
      case 'StackAttestationDisputeEvent': {
        const { stackSmallId, bond } = event.data;
        accusations.set(stackSmallId, { accuser: accuserOf(event.data, owners.get(stackSmallId)), bond, shown: 0n });
        return [];
      }
      case 'DisputeEvidenceEvent': {
        const accusation = accusations.get(event.data.stackSmallId);
        if (accusation) accusations.set(event.data.stackSmallId, { ...accusation, shown: event.data.bond });
        return [];
      }
      case 'DisputeResolvedEvent': {
        const accusation = accusations.get(event.data.stackSmallId);
        return accusation ? resolved(event, accusation) : [];
      }
      default:
        return [];
    }
  };
  return (event) => paidBy(event).filter(({ from, to, amount }) => amount > 0n && from.who !== to.who);
};

/** All payments of these events, in order. */
export const paymentsOf = (events: readonly AtomaEvent[]): readonly Payment[] => events.flatMap(openPayments());

/** One event in words, and what it paid. */
export interface Moment {
  readonly said: string;
  readonly payments: readonly Payment[];
}

/** The last stack of these events, from its purchase on. */
export const lastStackOf = (events: readonly AtomaEvent[]): readonly Moment[] => {
  const paid = openPayments();
  const moments = events.map((event) => ({ said: describeEvent(event), payments: paid(event) }));
  return moments.slice(
    Math.max(
      0,
      events.findLastIndex(({ kind }) => kind === 'StackCreatedEvent'),
    ),
  );
};

/** Adds payments up that `keyOf` does not tell apart; largest first. */
export const summed = (payments: readonly Payment[], keyOf: (side: Side) => string): readonly Payment[] => {
  const sums = new Map<string, Payment>();
  for (const payment of payments) {
    const key = `${keyOf(payment.from)}>${keyOf(payment.to)}`;
    sums.set(key, { ...payment, amount: payment.amount + (sums.get(key)?.amount ?? 0n) });
  }
  return [...sums.values()].sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0));
};

/** What each holder has more or less by these payments. */
export const netOf = (payments: readonly Payment[]): ReadonlyMap<string, bigint> => {
  const net = new Map<string, bigint>();
  for (const { from, to, amount } of payments) {
    net.set(from.who, (net.get(from.who) ?? 0n) - amount);
    net.set(to.who, (net.get(to.who) ?? 0n) + amount);
  }
  return net;
};

/** Every event of the market so far. */
export const readEvents = ({ chain }: LabMarket): Promise<readonly AtomaEvent[]> => listAllEvents(chain.publisher);
