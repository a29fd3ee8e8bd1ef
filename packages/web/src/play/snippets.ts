/** The same from a program. */

interface Told {
  readonly url: string;
  readonly model: string;
  /** Role number of the model. */
  readonly role: number;
  readonly stream: boolean;
}

const QUESTION = [{ role: 'user', content: 'Hello' }];

/** Endpoint, body, and the call of OpenAI's clients, by role. */
const callOf = ({ role, model, stream }: Told): readonly [string, object, string] => {
  if (role === 1) return ['/embeddings', { model, input: ['Hello'] }, 'embeddings.create'];
  if (role === 3) return ['/images/generations', { model, prompt: 'A stack', size: '256x256' }, 'images.generate'];
  if (role === 4) return ['/audio/speech', { model, input: 'Hello', voice: 'alloy' }, 'audio.speech.create'];
  const body = { model, messages: QUESTION, ...(stream ? { stream: true } : {}) };
  return ['/chat/completions', body, 'chat.completions.create'];
};

const python = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(/\btrue\b/g, 'True')
    .replaceAll(/","/g, '", "')
    .replaceAll('":', '": ');

/** Code by language. */
export const snippets = (told: Told): readonly (readonly [string, string])[] => {
  const { url, model, role } = told;
  if (role === 5)
    return [
      [
        'curl',
        `curl ${url}/audio/transcriptions -H "Authorization: Bearer $KEY" -F model='${model}' -F file=@talk.wav`,
      ],
    ];
  const [endpoint, body, call] = callOf(told);
  const given = Object.entries(body);
  const keywords = given.map(([name, value]) => `${name}=${python(value)}`).join(', ');
  return [
    [
      'curl',
      `curl ${url}${endpoint} -H "Authorization: Bearer $KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
    ],
    [
      'Python',
      `from openai import OpenAI\nclient = OpenAI(base_url="${url}", api_key=KEY)\nanswer = client.${call}(${keywords})\nprint(answer)`,
    ],
    [
      'TypeScript',
      `import OpenAI from 'openai';\nconst client = new OpenAI({ baseURL: '${url}', apiKey: KEY });\nconst answer = await client.${call}(${JSON.stringify(body)});\nconsole.log(answer);`,
    ],
  ];
};
