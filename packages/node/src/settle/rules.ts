/** Which rules of checks this daemon knows. */
import type { Stack } from '@atoma/sdk';
import type { SettleContext } from './settle-context.ts';

/** Version of the rules (`rules` of a stack's terms) that checks here follow. */
const KNOWN = 1n;

/**
 * Whether this daemon knows the rules a stack is checked by. Where it does not it abstains, with an alarm, once: a vote by other rules would
 * stand against those of everybody who knows them, and accuse somebody who kept them.
 */
export const knowsRules = (settle: SettleContext, { stackSmallId, terms }: Stack): boolean => {
  if (terms.rules <= KNOWN) return true;
  const key = `rules/${stackSmallId}`;
  if (!settle.missingSince.has(key)) {
    settle.missingSince.set(key, settle.node.now());
    settle.alarm('rules_unknown', { stack: String(stackSmallId), rules: String(terms.rules), known: String(KNOWN) });
  }
  return false;
};
