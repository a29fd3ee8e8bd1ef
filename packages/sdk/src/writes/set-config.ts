import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly, whole } from '../internal/results.ts';
import { selectManagerBadge } from '../internal/select-badge.ts';
import { market } from '../internal/target.ts';
import { valueError } from '../sdk-errors.ts';

const setters = {
  registrationCollateral: db.setRegistrationCollateral,
  attestationProbability: db.setAttestationProbability,
  attesters: db.setAttesters,
  attesterPay: db.setAttesterPay,
  minimumAttesterPay: db.setMinimumAttesterPay,
  sampledBond: db.setSampledBond,
  plainBond: db.setPlainBond,
  jurors: db.setJurors,
  jurorPay: db.setJurorPay,
  disputeBond: db.setDisputeBond,
  silenceSlash: db.setSilenceSlash,
  challengerShare: db.setChallengerShare,
  outsiderShare: db.setOutsiderShare,
  minimumDisputeBond: db.setMinimumDisputeBond,
  samples: db.setSamples,
  sampledShare: db.setSampledShare,
  rowCap: db.setRowCap,
  window: db.setWindow,
  phase: db.setPhase,
  stackLife: db.setStackLife,
  exitDelay: db.setExitDelay,
};

/** Name of a numeric parameter of the market. */
export type ConfigName = keyof typeof setters;

/** Every name {@link setConfig} takes. */
export const configNames: readonly ConfigName[] = Object.keys(setters) as ConfigName[];

/** The parameter a text names, in camelCase, kebab-case or snake_case. Throws `VALUE_CONFIG_NAME`. */
export const parseConfigName = (text: string): ConfigName => {
  const name = text.trim().replace(/[-_]+([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (name in setters) return name as ConfigName;
  throw valueError('CONFIG_NAME', { text, known: configNames.join(', ') });
};

/** What {@link setConfig} takes. */
export interface SetConfigParameters {
  readonly name: ConfigName;
  /** Permille, epochs, a count or base units of TOMA, as the parameter is. */
  readonly value: bigint | number;
  /** Default: a manager badge of the sender. */
  readonly managerBadgeId?: string;
}

/** The change. */
export interface SetConfigResult {
  /** The contract's name of the parameter, snake_case. */
  readonly name: string;
  readonly old: bigint;
  readonly new: bigint;
}

const LABEL = 'db set-config';

/** Changes a parameter of the market as its manager. Open stacks keep the terms they were bought under. */
export const setConfig = defineWrite<SetConfigParameters, SetConfigResult>({
  label: LABEL,
  build: async (atoma, tx, { name, value, managerBadgeId }) => {
    const badge = await selectManagerBadge(atoma, managerBadgeId);
    tx.add(setters[name](...market(atoma), badge, whole(value, `Parameter ${name}`)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'ConfigChangedEvent', LABEL),
});
