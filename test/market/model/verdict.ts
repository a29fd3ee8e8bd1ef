/** What a dispute comes to by the rules of docs/protocol.md: which secret wins, and where every base unit goes. */
import { fromHex, toHex } from '@atoma/base';
import { accusation, committedStackProof, partyLeaf } from '../../../packages/sdk/src/index.ts';
import type { Row } from '../driver/decode.ts';
import { type View, walletOf } from '../driver/view.ts';

/** Base units by place: `wallet ADDRESS`, `stake N`, `earnings N`, `pool`. */
export type Books = Map<string, bigint>;

/** Every place but the rows of stacks and disputes. */
export const booksOf = (view: View): Books =>
  new Map([
    ...[...view.wallets.keys()].map((owner) => [`wallet ${owner}`, walletOf(view, owner)] as const),
    ...[...view.nodes].flatMap(([id, { stake, earnings }]) => [
      [`stake ${id}`, stake as bigint] as const,
      [`earnings ${id}`, earnings as bigint] as const,
    ]),
    ['pool', view.db.pool as bigint] as const,
  ]);

/** A dispute about to end, and the books that its end changes. */
export interface Case {
  readonly id: number;
  readonly stack: Row;
  readonly ticket: Row;
  readonly dispute: Row;
  readonly nodes: ReadonlyMap<number, Row>;
  readonly books: Books;
}

const UNAVAILABLE = '00'.repeat(32);
const NO_CHALLENGER = '00'.repeat(32);

// ---------------------------------------------------------------- who wins

const proofOfSecret = ({ stack }: Case, secret: string): string =>
  toHex(committedStackProof(fromHex(secret) as Uint8Array, Number(stack.terms.attesters)));

const leafOfSecret = (secret: string, party: number): string => toHex(partyLeaf(fromHex(secret) as Uint8Array, party));

const upholds = (one: Case, seat: number): boolean => {
  const { dispute, ticket } = one;
  const secret: string = dispute.secrets[seat];
  if (secret === '' || secret === UNAVAILABLE || dispute.units[seat] !== ticket.claimed) return false;
  return proofOfSecret(one, secret) === ticket.root && leafOfSecret(secret, 0) === ticket.leaves[0];
};

const timesOf = (secrets: readonly string[], secret: string): number =>
  secrets.filter((each) => each === secret).length;

const majorityOf = (secrets: readonly string[]): string | null =>
  secrets.find((secret) => secret !== '' && 2 * timesOf(secrets, secret) > secrets.length) ?? null;

/** The history that most votes against the claim name, unless as many found the inputs unavailable. */
const worstFor = (against: readonly string[]): string => {
  const hidden = timesOf(against, UNAVAILABLE);
  const named = against.filter((secret) => secret !== UNAVAILABLE && timesOf(against, secret) > hidden);
  const most = Math.max(...named.map((secret) => timesOf(against, secret)));
  return named.find((secret) => timesOf(against, secret) === most) ?? UNAVAILABLE;
};

/** The secret that decides; null: nobody won. */
const winnerOf = (one: Case): string | null => {
  const { secrets, first_jury, together }: Row = one.dispute;
  const revealed: readonly number[] = secrets.flatMap((secret: string, seat: number) => (secret === '' ? [] : [seat]));
  const [claims, others] = [true, false].map((wanted) => revealed.filter((seat) => upholds(one, seat) === wanted));
  const [claim = [], against = []] = [claims, others];
  const hidden = secrets.includes(UNAVAILABLE) ? UNAVAILABLE : null;
  if (!together) {
    const isSplit = first_jury.length > 0 && 2 * against.length > secrets.length;
    return majorityOf(secrets) ?? (isSplit ? UNAVAILABLE : null);
  }
  const upheld: string | null = claim.length > 0 ? secrets[claim[0] as number] : null;
  const worst = (): string => worstFor(against.map((seat) => secrets[seat]));
  const began = majorityOf(secrets.slice(0, first_jury.length)) as string;
  if (began === UNAVAILABLE) {
    const isConfirmed = against.some((seat) => seat >= first_jury.length);
    return against.length > claim.length && isConfirmed ? worst() : upheld;
  }
  if (began !== upheld) return against.length >= claim.length ? began : upheld;
  if (against.length > claim.length) return worst();
  return against.length === claim.length && hidden !== null ? hidden : upheld;
};

// ---------------------------------------------------------------- what is due

const floor = (amount: bigint, permille: bigint): bigint => (amount * permille) / 1_000n;
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** What so many units of the stack cost. */
const costOf = ({ stack }: Case, units: bigint): bigint => stack.price * units;

const priceOf = (one: Case): bigint => costOf(one, one.stack.units);

const slashOf = (one: Case): bigint =>
  max(one.stack.terms.minimum_dispute_bond, floor(priceOf(one), one.stack.terms.silence_slash));

const jurorPayOf = (one: Case): bigint => {
  const { juror_pay, minimum_dispute_bond, jurors } = one.stack.terms;
  return max(floor(priceOf(one), juror_pay), (minimum_dispute_bond as bigint) / jurors);
};

// ---------------------------------------------------------------- moving it

const give = ({ books }: Case, place: string, amount: bigint): void => {
  books.set(place, (books.get(place) ?? 0n) + amount);
};

/** At most so much of a node's stake goes to the pool; what did. */
const slash = (one: Case, node: bigint): bigint => {
  const lost = min(slashOf(one), one.books.get(`stake ${node}`) ?? 0n);
  if (lost > 0n) give(one, `stake ${node}`, -lost);
  give(one, 'pool', lost);
  return lost;
};

const isThere = ({ nodes }: Case, node: bigint): boolean => nodes.has(Number(node));

/** Pays each juror that is still there its due out of `fund`, at most an equal share; what is left. */
const payJurors = (one: Case, jurors: readonly bigint[], fund: bigint, due: bigint): bigint => {
  if (jurors.length === 0) return fund;
  const each = min(due, fund / BigInt(jurors.length));
  const paid = jurors.filter((juror) => isThere(one, juror));
  for (const juror of paid) give(one, `earnings ${juror}`, each);
  return fund - each * BigInt(paid.length);
};

/** Pays each juror for the rows that the owner named, out of what it paid; the rest goes back to it. */
const payForRows = (one: Case, jurors: readonly bigint[]): void => {
  const { evidence } = one.dispute;
  if (evidence === null) return;
  give(one, `wallet ${evidence.owner}`, payJurors(one, jurors, evidence.bond, costOf(one, evidence.named_units)));
};

interface Sides {
  readonly majority: readonly bigint[];
  /** Who revealed nothing, then who revealed something else. */
  readonly losers: readonly bigint[];
  readonly silent: readonly bigint[];
}

const sidesOf = ({ dispute: { jurors, secrets } }: Case, winner: string | null): Sides => {
  const who = (wanted: (secret: string) => boolean): bigint[] =>
    jurors.filter((_: bigint, seat: number) => wanted(secrets[seat]));
  const silent = who((secret) => secret === '');
  const minority = who((secret) => secret !== '' && secret !== winner);
  return { majority: who((secret) => secret !== '' && secret === winner), losers: [...silent, ...minority], silent };
};

/** What is left of the challenger's bond, and its share, go where the bond came from. */
const bondBack = (one: Case, bond: bigint, share: bigint): void => {
  const { challenger, challenger_node, from_stake } = one.dispute;
  if (challenger === NO_CHALLENGER) give(one, 'pool', bond);
  else if (from_stake && isThere(one, challenger_node)) {
    give(one, `stake ${challenger_node}`, bond);
    give(one, `earnings ${challenger_node}`, share);
  } else give(one, `wallet ${challenger}`, bond + share);
};

const accuses = (one: Case, root: string, who: string, claim: string): boolean =>
  root !== '' &&
  claim ===
    toHex(
      accusation({ proof: fromHex(root) as Uint8Array, challenger: `0x${who}`, rows: one.dispute.rows as bigint[] }),
    );

const isBlaming = ({ dispute: { jurors, blames } }: Case, majority: readonly bigint[]): boolean => {
  const blaming = jurors.filter((juror: bigint, seat: number) => blames[seat] && majority.includes(juror));
  return 2 * blaming.length > majority.length;
};

/** Who accused before the evidence came is right where most blame. */
const isRight = (one: Case, root: string, isBlamed: boolean): boolean => {
  const { challenger, commitment, evidence } = one.dispute;
  const isAudit = challenger === NO_CHALLENGER;
  const isLate = root !== '' && evidence !== null && !isAudit && commitment !== UNAVAILABLE;
  return (isLate && isBlamed) || accuses(one, root, challenger, commitment);
};

const convict = (one: Case, winner: string | null): void => {
  const { stack, ticket, dispute } = one;
  const { challenger_share, outsider_share, dispute_bond, minimum_dispute_bond } = stack.terms;
  const { majority, losers } = sidesOf(one, winner);
  const isBlamed = isBlaming(one, majority);
  give(one, `wallet ${stack.owner}`, stack.escrow);
  payForRows(one, majority);
  const rows = costOf(one, dispute.named_units);
  const left = payJurors(one, majority, stack.bond, jurorPayOf(one) + rows);
  const root = winner === null ? '' : proofOfSecret(one, winner);
  const wholeBond = max(minimum_dispute_bond, (priceOf(one) * dispute_bond + 999n) / 1_000n);
  const isDrawn = dispute.challenger_node !== 0n && dispute.bond >= wholeBond;
  const share = isRight(one, root, isBlamed) ? floor(left, isDrawn ? challenger_share : outsider_share) : 0n;
  const joined = dispute.joined.find(
    ({ node, owner, claim }: Row) => isThere(one, node) && accuses(one, root, owner, claim),
  );
  const joinedShare = joined ? floor(left, outsider_share) : 0n;
  if (joined) give(one, `earnings ${joined.node}`, joinedShare);
  give(one, 'pool', left - share - joinedShare);
  for (const juror of losers) slash(one, juror);
  const backers = ticket.attesters.filter((_: bigint, place: number) => ticket.attested[place]);
  if (winner === null || isBlamed) for (const backer of backers) slash(one, backer);
  bondBack(one, dispute.bond, share);
};

/** Half of the jury's due from each of attester and node where nobody can tell who hid the inputs; the fund that it makes. */
const halves = (one: Case, due: bigint): bigint => {
  const { challenger, challenger_node, bond } = one.dispute;
  const half = min(due - due / 2n, bond);
  const rest = bond - half;
  give(one, isThere(one, challenger_node) ? `stake ${challenger_node}` : `wallet ${challenger}`, rest);
  const seller = one.nodes.get(Number(one.stack.node));
  const free = (one.books.get(`stake ${one.stack.node}`) ?? 0n) - seller.queued;
  const other = min(half, free - min(seller.reserved, free));
  give(one, `stake ${one.stack.node}`, -other);
  return half + other;
};

const acquit = (one: Case, winner: string | null): void => {
  const { stack, ticket, dispute } = one;
  const { majority, losers } = sidesOf(one, winner);
  if (winner !== null)
    ticket.attesters.forEach((attester: bigint, place: number) => {
      const isWrong = ticket.attested[place] && ticket.leaves[place + 1] !== leafOfSecret(winner, place + 1);
      if (isWrong) slash(one, attester);
    });
  const fee = costOf(one, ticket.claimed);
  give(one, 'pool', ticket.surcharge);
  give(one, `wallet ${stack.owner}`, stack.escrow - fee - ticket.surcharge);
  give(one, `stake ${stack.node}`, stack.bond);
  const rows = costOf(one, dispute.named_units);
  const jury = BigInt(majority.length);
  const isUntold = dispute.from_stake && dispute.commitment === UNAVAILABLE && majority.length > 0;
  const fund = isUntold ? halves(one, (jurorPayOf(one) + rows) * jury) : dispute.bond;
  const slashed = losers.reduce((sum, juror) => sum + slash(one, juror), 0n);
  const { attester_pay, minimum_attester_pay } = stack.terms;
  const least = (max(minimum_attester_pay, floor(priceOf(one), attester_pay)) + rows) * jury;
  const added = min(max(least, fund) - fund, slashed);
  give(one, 'pool', -added);
  payForRows(one, majority);
  const left = payJurors(one, majority, fund + added, jurorPayOf(one) + rows);
  give(one, dispute.challenger === NO_CHALLENGER ? 'pool' : `earnings ${stack.node}`, left);
  give(one, `earnings ${stack.node}`, fee);
};

const findUnavailable = (one: Case): void => {
  give(one, `wallet ${one.stack.owner}`, one.stack.escrow);
  give(one, 'pool', one.stack.bond);
  payForRows(one, []);
  bondBack(one, one.dispute.bond, 0n);
};

const endUndecided = (one: Case): void => {
  const { stack, ticket, dispute } = one;
  give(one, `stake ${stack.node}`, stack.bond);
  give(one, 'pool', ticket.surcharge);
  give(one, `wallet ${stack.owner}`, (stack.escrow as bigint) - ticket.surcharge);
  const isAudit = dispute.challenger === NO_CHALLENGER;
  const pays = !isAudit && (dispute.challenger_node === 0n || dispute.jurors.length === 0);
  const work = pays ? min(costOf(one, ticket.claimed), dispute.bond) : 0n;
  give(one, 'pool', work);
  for (const juror of sidesOf(one, null).silent) slash(one, juror);
  payForRows(one, []);
  bondBack(one, dispute.bond - work, 0n);
};

/** Numbers of the outcomes. */
const [CONVICTED, ACQUITTED, INPUTS_UNAVAILABLE, NO_MAJORITY] = [0, 1, 2, 3];

/** Ends the dispute in the case's books, by its votes or as the manager ruled; its outcome. */
export const foretell = (one: Case, ruling: number | null): number => {
  const winner = ruling === null ? winnerOf(one) : null;
  const byVotes = (secret: string): number => {
    if (secret === UNAVAILABLE) return INPUTS_UNAVAILABLE;
    return upholds(one, one.dispute.secrets.indexOf(secret)) ? ACQUITTED : CONVICTED;
  };
  const outcome = ruling ?? (winner === null ? NO_MAJORITY : byVotes(winner));
  if (outcome === CONVICTED) convict(one, winner);
  else if (outcome === ACQUITTED) acquit(one, winner);
  else if (outcome === INPUTS_UNAVAILABLE) findUnavailable(one);
  else endUndecided(one);
  return outcome;
};
