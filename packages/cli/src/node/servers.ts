/** Finding the OpenAI-compatible servers of this machine and what they serve. */
import { cliError } from '../kernel/errors.ts';

/** A model that a server lists. */
export interface ListedModel {
  /** Address without `/v1`. */
  readonly url: string;
  readonly id: string;
  /** Units of prompt and answer together; null where the server does not say. */
  readonly contextLength: number | null;
}

/** Ports these servers listen on unless told otherwise: vLLM, SGLang, Ollama, llama-server, LM Studio, TGI and TEI. */
export const usualPorts = [8000, 30000, 11434, 8080, 1234, 3000] as const;

const ANSWER_MS = 3_000;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const positive = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;

/** vLLM and SGLang say `max_model_len`, llama-server `meta.n_ctx` or what the model was trained with. */
const contextOf = (model: Fields): number | null => {
  const meta = isFields(model.meta) ? model.meta : {};
  return positive(model.max_model_len) ?? positive(meta.n_ctx) ?? positive(meta.n_ctx_train);
};

const base = (url: string): string => url.replace(/\/+$/, '').replace(/\/v1$/, '');

/** What a server lists; undefined when nothing OpenAI-compatible answers there. */
export const listModels = async (address: string): Promise<readonly ListedModel[] | undefined> => {
  const url = base(address);
  try {
    const answer = await fetch(`${url}/v1/models`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const json: unknown = await answer.json();
    if (!answer.ok || !isFields(json) || !Array.isArray(json.data)) return undefined;
    return json.data
      .filter(isFields)
      .filter(({ id }) => typeof id === 'string' && id !== '')
      .map((model) => ({ url, id: String(model.id), contextLength: contextOf(model) }));
  } catch {
    return undefined;
  }
};

/** Models of the named server, which must answer, or of every server on a usual port but those in `taken`. */
export const findModels = async (
  engine: string | undefined,
  taken: readonly number[],
): Promise<readonly ListedModel[]> => {
  if (engine === undefined) {
    const ports = usualPorts.filter((port) => !taken.includes(port));
    const lists = await Promise.all(ports.map((port) => listModels(`http://127.0.0.1:${port}`)));
    return lists.flatMap((list) => list ?? []);
  }
  const listed = await listModels(engine);
  if (listed && listed.length > 0) return listed;
  throw cliError('NO_ENGINE', {
    url: engine,
    why: listed ? 'it lists no model' : 'no OpenAI-compatible server answers at /v1/models',
  });
};
