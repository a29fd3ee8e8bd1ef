import { isAtomaError } from '@atoma/base';

/** One check of `node doctor`. `detail` says what is well, or what is wrong and what to do. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Makes a {@link Check}. */
export const check = (name: string, ok: boolean, detail: string): Check => ({ name, ok, detail });

/** A check as a line. */
export const checkLine = ({ name, ok, detail }: Check): string => `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${detail}`;

/** Runs checks; what keeps them from being made is a failed check itself, so that the others are made. */
export const attempt = async (name: string, make: () => Promise<readonly Check[]>): Promise<readonly Check[]> => {
  try {
    return await make();
  } catch (error) {
    const { message } = error as Error;
    return [check(name, false, isAtomaError(error) ? `${message}. ${error.hint}` : message)];
  }
};
