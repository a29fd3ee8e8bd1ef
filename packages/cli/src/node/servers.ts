/** Finding the OpenAI-compatible servers of this machine and what they serve. */
import { cliError } from '../kernel/cli-errors.ts';

/** A model that a server lists. */
export interface ListedModel {
  /** Address without `/v1`. */
  readonly url: string;
  readonly id: string;
  /** Units of prompt and answer together; null where the server does not say. */
  readonly contextLength: number | null;
  /** Variable that holds the server's key. */
  readonly keyEnv?: string;
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

/** What a server says of its models. */
export type Listing =
  | { readonly kind: 'models'; readonly models: readonly ListedModel[] }
  /** It answers only to a key. */
  | { readonly kind: 'locked' }
  /** Nothing OpenAI-compatible answers there. */
  | { readonly kind: 'none' };

/** What the server at an address lists; `key` is its API key. */
export const listModels = async (address: string, key?: string): Promise<Listing> => {
  const url = base(address);
  try {
    const headers = key ? { authorization: `Bearer ${key}` } : {};
    const answer = await fetch(`${url}/v1/models`, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 401 || answer.status === 403) return { kind: 'locked' };
    const json: unknown = await answer.json();
    if (!answer.ok || !isFields(json) || !Array.isArray(json.data)) return { kind: 'none' };
    const models = json.data
      .filter(isFields)
      .filter(({ id }) => typeof id === 'string' && id !== '')
      .map((model) => ({ url, id: String(model.id), contextLength: contextOf(model) }));
    return { kind: 'models', models };
  } catch {
    return { kind: 'none' };
  }
};

/** The server that was named, and the variable with its key. */
export interface NamedServer {
  readonly url: string;
  readonly keyEnv: string | undefined;
}

const modelsOf = async ({ url, keyEnv }: NamedServer): Promise<readonly ListedModel[]> => {
  const key = keyEnv === undefined ? undefined : process.env[keyEnv];
  if (keyEnv !== undefined && !key)
    throw cliError('BAD_VALUE', {
      flag: '--engine-key-env',
      why: `the variable ${keyEnv} is not set.`,
      hint: `export ${keyEnv}=... with the key of ${url}.`,
    });
  const listing = await listModels(url, key);
  if (listing.kind === 'models' && listing.models.length > 0)
    return listing.models.map((model) => (keyEnv === undefined ? model : { ...model, keyEnv }));
  const why = {
    models: 'it lists no model',
    locked: key
      ? `it refuses the key in ${keyEnv}`
      : 'it wants a key: put it into a variable and name that one by --engine-key-env',
    none: 'no OpenAI-compatible server answers at /v1/models',
  } as const;
  throw cliError('NO_ENGINE', { url, why: why[listing.kind] });
};

/** Models of the named server, which must answer, or of every server on a usual port but those in `taken`. */
export const findModels = async (
  engine: NamedServer | undefined,
  taken: readonly number[],
): Promise<readonly ListedModel[]> => {
  if (engine) return modelsOf(engine);
  const ports = usualPorts.filter((port) => !taken.includes(port));
  const lists = await Promise.all(ports.map((port) => listModels(`http://127.0.0.1:${port}`)));
  return lists.flatMap((list) => (list.kind === 'models' ? list.models : []));
};
