/** Names of the contract's role and security level numbers. */
import { valueError } from '../sdk-errors.ts';

/** A number of the contract with its names. */
export interface NamedNumber {
  readonly id: number;
  /** Short name as accepted and printed, kebab-case. */
  readonly name: string;
  /** Name for people. */
  readonly text: string;
}

/** Task roles in the contract's numbering. */
export const roles: readonly NamedNumber[] = [
  { id: 0, name: 'chat-completions', text: 'chat completions' },
  { id: 1, name: 'embeddings', text: 'embeddings' },
  { id: 2, name: 'vision', text: 'vision' },
  { id: 3, name: 'image-generation', text: 'image generation' },
  { id: 4, name: 'text-to-speech', text: 'text to speech' },
  { id: 5, name: 'speech-to-text', text: 'speech to text' },
  { id: 6, name: 'fine-tuning', text: 'fine tuning' },
  { id: 7, name: 'training', text: 'training' },
];

/** Security levels in the contract's numbering. */
export const securityLevels: readonly NamedNumber[] = [
  { id: 0, name: 'none', text: 'no security' },
  { id: 1, name: 'sampling-consensus', text: 'sampling consensus' },
  { id: 2, name: 'confidential-compute', text: 'confidential compute' },
];

const find = (list: readonly NamedNumber[], text: string): NamedNumber | undefined => {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-');
  return list.find((entry) => entry.name === wanted || String(entry.id) === wanted);
};

const known = (list: readonly NamedNumber[]): string => list.map((entry) => `${entry.id} ${entry.name}`).join(', ');

/** Name of a role for people; unknown numbers are shown as such. */
export const roleName = (id: number): string => roles[id]?.text ?? `role ${id}`;

/** Name of a security level for people; unknown numbers are shown as such. */
export const securityLevelName = (id: number): string => securityLevels[id]?.text ?? `level ${id}`;

/** Number of a role from its number or name. Throws `VALUE_ROLE`. */
export const parseRole = (text: string): number => {
  const found = find(roles, text);
  if (!found) throw valueError('ROLE', { text, known: known(roles) });
  return found.id;
};

/** Number of a level from its number or name. Throws `VALUE_SECURITY_LEVEL`. */
export const parseSecurityLevel = (text: string): number => {
  const found = find(securityLevels, text);
  if (!found) throw valueError('SECURITY_LEVEL', { text, known: known(securityLevels) });
  return found.id;
};
