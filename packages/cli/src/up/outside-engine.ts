/** What an OpenAI-compatible server serves. */
import { array, record, text } from '@atoma/sdk';
import type { PlannedModel } from './plan.ts';
import { upError } from './up-errors.ts';

const ANSWER_MS = 5_000;

/** Chat models of the server at `url` (without `/v1`), the one named or all it lists. Throws `UP_ENGINE`. */
export const engineModels = async (url: string, wanted: string | undefined): Promise<readonly PlannedModel[]> => {
  if (wanted !== undefined) return [{ name: wanted, role: 0 }];
  try {
    const answer = await fetch(`${url}/v1/models`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const listed = array(record(await answer.json()).data);
    const names = listed.map((each) => text(record(each).id)).filter((id) => id !== '');
    if (names.length > 0) return names.slice(0, 8).map((name) => ({ name, role: 0 }));
    throw upError('ENGINE', { url, why: `GET /v1/models (status ${answer.status}) lists no model` });
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'UP_ENGINE') throw cause;
    throw upError('ENGINE', { url, why: (cause as Error).message }, cause);
  }
};

/** The address without a trailing `/` or `/v1`. */
export const engineBase = (url: string): string => url.replace(/\/+$/, '').replace(/\/v1$/, '');
