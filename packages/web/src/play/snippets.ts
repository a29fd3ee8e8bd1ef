/** The same from a program. */

interface Told {
  readonly url: string;
  readonly model: string;
  /** Role number of the model. */
  readonly role: number;
  readonly stream: boolean;
}

/** A call of OpenAI's clients, and what a program does with its answer. */
interface Call {
  readonly endpoint: string;
  readonly name: string;
  readonly body: object;
  readonly python: string;
  readonly typescript: string;
}

const PRINT = { python: 'print(answer)', typescript: 'console.log(answer);' };
const SOUND = 'speech.wav';

const chatOf = ({ model, stream }: Told): Call => {
  const name = 'chat.completions.create';
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
  const call = { endpoint: '/chat/completions', name };
  if (!stream)
    return {
      ...call,
      body,
      python: 'print(answer.choices[0].message.content)',
      typescript: 'console.log(answer.choices[0]?.message.content);',
    };
  return {
    ...call,
    body: { ...body, stream: true },
    python: 'for part in answer:\n    if part.choices:\n        print(part.choices[0].delta.content or "", end="")',
    typescript: "for await (const part of answer) process.stdout.write(part.choices[0]?.delta.content ?? '');",
  };
};

const callOf = (told: Told): Call => {
  const { role, model } = told;
  if (role === 1)
    return { endpoint: '/embeddings', name: 'embeddings.create', body: { model, input: ['Hello'] }, ...PRINT };
  if (role === 3)
    return {
      endpoint: '/images/generations',
      name: 'images.generate',
      body: { model, prompt: 'A stack', size: '256x256' },
      ...PRINT,
    };
  if (role === 4)
    return {
      endpoint: '/audio/speech',
      name: 'audio.speech.create',
      body: { model, input: 'Hello', voice: 'alloy', response_format: 'wav' },
      python: `answer.write_to_file("${SOUND}")`,
      typescript: `await (await import('node:fs/promises')).writeFile('${SOUND}', new Uint8Array(await answer.arrayBuffer()));`,
    };
  return chatOf(told);
};

const python = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(/\btrue\b/g, 'True')
    .replaceAll(/","/g, '", "')
    .replaceAll('":', '": ');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const PYTHON = (url: string): string => `from openai import OpenAI\nclient = OpenAI(base_url="${url}", api_key=KEY)\n`;
const TYPESCRIPT = (url: string): string =>
  `import OpenAI from 'openai';\nconst client = new OpenAI({ baseURL: '${url}', apiKey: KEY });\n`;

/** A sound goes up as a file, not as JSON. */
const transcription = ({ url, model }: Told): readonly (readonly [string, string])[] => [
  [
    'curl',
    `curl ${url}/audio/transcriptions -H "Authorization: Bearer $KEY" -F model=${quoted(model)} -F file=@talk.wav`,
  ],
  [
    'Python',
    `${PYTHON(url)}answer = client.audio.transcriptions.create(model=${python(model)}, file=open("talk.wav", "rb"))\nprint(answer.text)`,
  ],
  [
    'TypeScript',
    `import { createReadStream } from 'node:fs';\n${TYPESCRIPT(url)}const answer = await client.audio.transcriptions.create({ model: ${JSON.stringify(model)}, file: createReadStream('talk.wav') });\nconsole.log(answer.text);`,
  ],
];

/** Code by language; `KEY` is the API key. */
export const snippets = (told: Told): readonly (readonly [string, string])[] => {
  const { url, role } = told;
  if (role === 5) return transcription(told);
  const { endpoint, name, body, python: inPython, typescript } = callOf(told);
  const keywords = Object.entries(body)
    .map(([member, value]) => `${member}=${python(value)}`)
    .join(', ');
  return [
    [
      'curl',
      `curl ${url}${endpoint} -H "Authorization: Bearer $KEY" \\\n  -H "Content-Type: application/json" \\\n  -d ${quoted(JSON.stringify(body))}${role === 4 ? ` -o ${SOUND}` : ''}`,
    ],
    ['Python', `${PYTHON(url)}answer = client.${name}(${keywords})\n${inPython}`],
    ['TypeScript', `${TYPESCRIPT(url)}const answer = await client.${name}(${JSON.stringify(body)});\n${typescript}`],
  ];
};
