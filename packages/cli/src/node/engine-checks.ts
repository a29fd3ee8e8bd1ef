/** Checks of the servers behind a node: there, with the model, answering, and whether twice the same. */

import { isDeepStrictEqual } from 'node:util';
import { connectionFault } from '@atoma/base';
import {
  comparedHashes,
  fileModels,
  fileTerms,
  type NodeConfig,
  probeLogits,
  profileBeside,
  profileName,
  readProfile,
  serverModels,
} from '@atoma/node';
import { array, record } from '@atoma/sdk';
import { attempt, type Check, check } from './doctor-check.ts';
import { listModels } from './servers.ts';

type Model = ReturnType<typeof serverModels>[number];
type Target = Model['targets'][number];

const ANSWER_MS = 60_000;
const PROMPT = 'Name the first three prime numbers.';
/** Letters shown of what a server said. */
const SHOWN = 200;
const CHAT = 0;
const EMBEDDINGS = 1;

/** The part of an answer that is compared. */
const contentOf = (json: unknown): string | undefined => {
  const { choices, data } = record(json);
  const said = record(array(choices)[0]).message ?? record(array(data)[0]).embedding;
  return said === undefined ? undefined : JSON.stringify(said);
};

/** An answer, or the server's own words about why there is none. */
type Asked = { readonly kind: 'answer'; readonly content: string } | { readonly kind: 'fault'; readonly why: string };

/** Asks the server once. Throws where the connection fails. */
const askOnce = async (model: Model, { url, api_key_env: variable }: Target): Promise<Asked> => {
  const base = url.replace(/\/(v1\/?)?$/, '');
  const name = model.upstream_name ?? model.name;
  const chat = model.roles.includes(CHAT);
  const key = variable === undefined ? undefined : process.env[variable];
  const answer = await fetch(`${base}/v1/${chat ? 'chat/completions' : 'embeddings'}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify(
      chat
        ? { model: name, messages: [{ role: 'user', content: PROMPT }], max_tokens: 24, temperature: 0, seed: 1 }
        : { model: name, input: PROMPT },
    ),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await answer.text();
  if (!answer.ok) return { kind: 'fault', why: `it answered ${answer.status}: ${text.slice(0, SHOWN)}` };
  const content = contentOf(JSON.parse(text));
  if (content === undefined) return { kind: 'fault', why: `its answer has no content: ${text.slice(0, SHOWN)}` };
  return { kind: 'answer', content };
};

const promptCheck = async (model: Model, target: Target): Promise<Check> => {
  const title = `answers of ${model.name}`;
  try {
    const [first, second] = [await askOnce(model, target), await askOnce(model, target)];
    for (const one of [first, second])
      if (one.kind === 'fault') return check(title, false, `${target.url}: ${one.why}; see the server's log`);
    if (isDeepStrictEqual(first, second)) return check(title, true, `${target.url} gave the same answer twice`);
    return model.profile === null
      ? check(title, true, `${target.url} answers, not the same twice: fit for level 0 only`)
      : check(
          title,
          false,
          `${target.url} gave two answers to one prompt with one seed; remove the profile of ${model.name}, or make the server deterministic`,
        );
  } catch (error) {
    const why = connectionFault(error) ?? (error as Error).message;
    return check(title, false, `${target.url}: ${why}; see the server's log`);
  }
};

const targetChecks = async (model: Model, target: Target): Promise<readonly Check[]> => {
  const title = `model ${model.name}`;
  const wanted = model.upstream_name ?? model.name;
  const variable = target.api_key_env;
  if (variable !== undefined && !process.env[variable])
    return [
      check(title, false, `the variable ${variable} with the key of ${target.url} is not set: export ${variable}=...`),
    ];
  const listing = await listModels(target.url, variable === undefined ? undefined : process.env[variable]);
  if (listing.kind === 'locked') {
    const remedy = variable === undefined ? 'name the variable that holds it as api_key_env' : `correct ${variable}`;
    return [check(title, false, `${target.url} wants another key; ${remedy}`)];
  }
  if (listing.kind === 'none')
    return [check(title, false, `${target.url} does not answer; start the server, or correct its address`)];
  if (!listing.models.some(({ id }) => id === wanted)) {
    const ids = listing.models.map(({ id }) => id).join(', ') || 'nothing';
    return [check(title, false, `${target.url} serves ${ids}, not ${wanted}; set upstream_name to the name it uses`)];
  }
  const asks = model.roles.includes(CHAT) || model.roles.includes(EMBEDDINGS);
  return [check(title, true, `${target.url} serves it`), ...(asks ? [await promptCheck(model, target)] : [])];
};

type FileModel = ReturnType<typeof fileModels>[number];

type Terms = Awaited<ReturnType<typeof fileTerms>>;
type Profile = ReturnType<typeof readProfile>;

/** Whether the server of a file tells what the profile needs. */
const logitChecks = async (
  { server, name }: FileModel,
  { vocabulary, name: own }: Terms,
  profile: Profile,
): Promise<readonly Check[]> => {
  if (!server) return [];
  const { kind, url, model, api_key_env: variable } = server;
  const title = `logits of ${kind}`;
  const apiKey = variable === undefined ? undefined : process.env[variable];
  if (variable !== undefined && !apiKey)
    return [check(title, false, `the variable ${variable} with its key is not set: export ${variable}=...`)];
  const why = await probeLogits({ kind, url, model: model ?? name ?? own, apiKey, vocabulary, profile });
  return [check(title, why === undefined, why === undefined ? `${url} tells them` : `${url}: ${why}`)];
};

/** Whether a model file is there, and is that of its profile. */
const fileChecks = (configured: FileModel): Promise<readonly Check[]> =>
  attempt(`model ${configured.file}`, async () => {
    const { file, profile: given, server } = configured;
    const terms = await fileTerms(file, server === undefined);
    const own = given ?? profileBeside(file);
    const known = check(`model ${file}`, true, `${terms.name}, ${terms.context} tokens`);
    if (own === undefined) return [known, check(`profile of ${file}`, true, 'none: it is fit for levels 0 and 2')];
    const profile = typeof own === 'string' ? readProfile(own) : own;
    const others = comparedHashes(server !== undefined).filter((name) => profile[name] !== terms[name]);
    const title = `profile of ${file}`;
    const unmeasured =
      profile.known.length > 0
        ? ''
        : '; warning: it lists no known ids, so each answer is evaluated twice before it is sold: use the document that atoma calibrate wrote, or make it anew';
    return [
      known,
      others.length === 0
        ? check(
            title,
            true,
            `${profileName(profile)}; attesters find another model above ${profile.attester} logits${unmeasured}`,
          )
        : check(
            title,
            false,
            `it was made for other ${others.join(' and ')}; serve that file, or make a profile of this one: atoma calibrate ${file}`,
          ),
      ...(await logitChecks(configured, terms, profile)),
    ];
  });

/** Checks every server and every model file of the configuration. */
export const engineChecks = async (config: NodeConfig): Promise<readonly Check[]> =>
  (
    await Promise.all([
      ...serverModels(config).flatMap((model) => model.targets.map((target) => targetChecks(model, target))),
      ...fileModels(config).map(fileChecks),
    ])
  ).flat();
