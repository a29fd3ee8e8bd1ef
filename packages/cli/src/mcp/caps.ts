/** How much an agent may spend: by call, session and day, held before a request is signed. */
import { isAtomaError } from '@atoma/base';
import { type Budget, buyerError, formatAmount, type Journal } from '@atoma/sdk';

/** Name of these requests in the journal's books. */
export const mcpTag = 'mcp';

/** Most that may be charged, base units of TOMA. */
export interface AgentCaps {
  readonly call: bigint;
  readonly session: bigint;
  /** Of any 24 hours, over all sessions of the wallet, also earlier ones. */
  readonly day: bigint;
}

/** One call's part of the caps. */
export interface CallBudget {
  /** For the purchase of a stack. */
  readonly budget: Budget;
  /** Before a signature. Throws `BUYER_CAP`. */
  readonly admit: (units: bigint, price: bigint) => Promise<void>;
  /** The call ended: charged what its receipt says, or, when nobody knows, what was held. */
  readonly end: (cost: bigint | null) => void;
}

/** What is left, base units of TOMA. */
export interface Left {
  readonly session: bigint;
  readonly day: bigint;
}

/** The spending of one session. */
export interface SessionBudget {
  readonly open: () => Promise<CallBudget>;
  readonly left: () => Promise<Left>;
}

const DAY_MS = 86_400_000;

const over = (cap: string, limit: bigint, wanted: bigint, used: bigint): Error =>
  buyerError('CAP', { cap, limit: formatAmount(limit), wanted: formatAmount(wanted), used: formatAmount(used) });

/** The buyer's cap of a request is a call's here. */
export const asCallCap = (error: unknown): unknown =>
  isAtomaError(error, 'BUYER_CAP') && error.details.cap === 'request'
    ? buyerError('CAP', { ...(error.details as Record<'limit' | 'wanted' | 'used', string>), cap: 'call' })
    : error;

/** Makes the budgets of sessions over one journal; the calls of a day are the journal's, so that they outlive the process. */
export const createBudgets = (journal: Journal, caps: AgentCaps, now: () => number = Date.now) => {
  let held = 0n; // by calls under way, of all sessions
  let ends = 0;

  /** What the journal says was charged; read again where a call ended meanwhile, as its cost is held no more. */
  const charged = async (): Promise<bigint> => {
    for (;;) {
      const before = ends;
      const rows = await journal.chargedByTag(now() - DAY_MS, mcpTag);
      if (before === ends) return rows.reduce((sum, { cost }) => sum + cost, 0n);
    }
  };

  return (): SessionBudget => {
    let spent = 0n; // by calls of this session, those under way with what they hold
    const assertFits = (wanted: bigint, today: bigint): void => {
      if (spent + wanted > caps.session) throw over('session', caps.session, wanted, spent);
      if (today + held + wanted > caps.day) throw over('day', caps.day, wanted, today + held);
    };
    const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
    const open = async (): Promise<CallBudget> => {
      const today = await charged();
      let own = 0n;
      const hold = (more: bigint): void => {
        own += more;
        held += more;
        spent += more;
      };
      return {
        budget: {
          check: (units, price) => assertFits(units * price, today),
          left: (price) => {
            const room = least(caps.session - spent, caps.day - today - held) / price;
            return room > 0n ? room : 0n;
          },
          stack: () => ({ units: null, cost: least(caps.session - spent, caps.day - today - held) }),
          checkStack: ({ cost }) => assertFits(cost, today),
        },
        admit: async (units, price) => {
          const wanted = units * price;
          assertFits(wanted, await charged());
          hold(wanted);
        },
        end: (cost) => {
          spent += cost === null ? 0n : cost - own;
          held -= own;
          ends += 1;
        },
      };
    };
    return {
      open,
      left: async () => {
        const today = await charged();
        return { session: caps.session - spent, day: caps.day - today - held };
      },
    };
  };
};
