import type { Atoma, WriteOptions, WriteOutcome } from '@atoma/sdk';
import { cliError } from '../kernel/errors.ts';
import type { Person, Stage } from './stage.ts';

/** One step of the walk as it is told. */
export interface Step {
  readonly chapter: string;
  readonly command: string;
  readonly actor: string;
  readonly outcome: string;
  readonly digest: string | null;
}

/** Collects the steps and tells each as it happens. */
export interface Story {
  readonly stage: Stage;
  readonly steps: Step[];
  readonly chapter: (title: string) => void;
  /** Tells a step off the chain. */
  readonly tell: (actor: string, command: string, outcome: string) => void;
  /** Runs one write as `person`; what the contract refuses ends the walk. */
  readonly act: <P, R>(
    person: Person,
    command: string,
    write: (atoma: Atoma, parameters: P, options?: WriteOptions<R>) => Promise<WriteOutcome<R>>,
    parameters: P,
    outcome: (result: R) => string,
  ) => Promise<R>;
}

/** Where a story is told: a line for a new chapter and one for each step. */
export interface Teller {
  readonly chapter: (title: string) => void;
  readonly step: (step: Step) => void;
}

/** Begins a story on a stage. */
export const beginStory = (stage: Stage, teller: Teller): Story => {
  const steps: Step[] = [];
  let current = '';
  const add = (actor: string, command: string, outcome: string, digest: string | null): void => {
    const step = { chapter: current, command, actor, outcome, digest };
    steps.push(step);
    teller.step(step);
  };
  return {
    stage,
    steps,
    chapter: (title) => {
      current = title;
      teller.chapter(title);
    },
    tell: (actor, command, outcome) => add(actor, command, outcome, null),
    act: async (person, command, write, parameters, outcome) => {
      const done = await write(stage.atoma[person], parameters);
      if (done.kind === 'failed') {
        const { failure } = done;
        throw cliError('ABORTED', {
          name: 'name' in failure ? failure.name : failure.kind,
          sentence: failure.sentence,
          remedy: failure.remedy,
          retryable: 'false',
        });
      }
      add(person, command, outcome(done.result), done.digest);
      return done.result;
    },
  };
};
