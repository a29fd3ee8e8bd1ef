import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { small, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link createTask} takes. */
export interface CreateTaskParameters {
  /** Number of the role, see `roles`. */
  readonly role: number;
  /** ASCII, at most 128 bytes. */
  readonly modelName?: string;
  /** Number of the level, see `securityLevels`. Default 0. */
  readonly securityLevel?: number;
  /** 0 to 100; a new node has 50. Default 0. */
  readonly minimumReputationScore?: number;
}

/** The created task. */
export interface CreateTaskResult {
  readonly taskSmallId: bigint;
  readonly taskBadgeId: string;
  readonly role: number;
  readonly modelName: string | null;
  readonly securityLevel: number;
  readonly minimumReputationScore: number;
}

const LABEL = 'db create-task-entry';
const MAX_U16 = 65_535;
const MAX_U8 = 255;

/** Creates a task; its badge goes to the sender. */
export const createTask = defineWrite<CreateTaskParameters, CreateTaskResult>({
  label: LABEL,
  build: async (atoma, tx, { role, modelName, securityLevel = 0, minimumReputationScore = 0 }) => {
    const level = small(securityLevel, 'The security level', MAX_U16);
    const reputation = small(minimumReputationScore, 'The minimum reputation', MAX_U8);
    tx.add(
      db.createTaskEntry(...market(atoma), small(role, 'The role', MAX_U16), modelName ?? null, level, reputation),
    );
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'TaskRegisteredEvent', LABEL),
});
