/** A conversation with the market: streamed, with the cost of each answer and the code that does the same. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Panel } from '../parts.tsx';
import type { Site } from '../site.ts';
import { askStreamed, type Turn } from '../stream.ts';
import { reasonOf } from '../use.ts';

const snippets = (url: string, model: string): readonly (readonly [string, string])[] => [
  [
    'curl',
    `curl ${url}/chat/completions -H "Authorization: Bearer $KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '${JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] })}'`,
  ],
  [
    'Python',
    `from openai import OpenAI\nclient = OpenAI(base_url="${url}", api_key=KEY)\nanswer = client.chat.completions.create(\n    model="${model}", messages=[{"role": "user", "content": "Hello"}])\nprint(answer.choices[0].message.content)`,
  ],
  [
    'TypeScript',
    `import OpenAI from 'openai';\nconst client = new OpenAI({ baseURL: '${url}', apiKey: KEY });\nconst answer = await client.chat.completions.create({\n  model: '${model}', messages: [{ role: 'user', content: 'Hello' }] });\nconsole.log(answer.choices[0].message.content);`,
  ],
];

/** The page. The key stays in this page's memory and goes nowhere but to the gateway. */
export const PlayPage = ({ site }: { readonly site: Site }): JSX.Element => {
  const [key, setKey] = useState('');
  const [model, setModel] = useState(site.models[0] ?? '');
  const [typed, type] = useState('');
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [fault, setFault] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);
  const { gateway } = site;
  if (gateway === null)
    return (
      <Panel title="Playground">
        <p>No gateway runs beside this ledger. `atoma up` starts both.</p>
      </Panel>
    );

  const ask = async (): Promise<void> => {
    const before: readonly Turn[] = [...turns, { role: 'user', content: typed, note: null }];
    const stop = new AbortController();
    running.current = stop;
    setBusy(true);
    setFault(null);
    setTurns(before);
    type('');
    try {
      for await (const answer of askStreamed({ url: gateway, key, model, turns: before, signal: stop.signal }))
        setTurns([...before, answer]);
    } catch (error) {
      if (!stop.signal.aborted) setFault(reasonOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <Panel title="Playground">
        <form class="tools" onSubmit={(event) => event.preventDefault()}>
          <label>
            Key{' '}
            <input
              type="password"
              autocomplete="off"
              value={key}
              onInput={(e) => setKey(e.currentTarget.value)}
              placeholder="printed by atoma up"
            />
          </label>
          <label>
            Model{' '}
            <select value={model} onChange={(e) => setModel(e.currentTarget.value)}>
              {site.models.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </form>
        <ol class="talk" aria-live="polite">
          {turns.map((turn, i) => (
            <li key={i} class={turn.role}>
              <span class="who">{turn.role === 'user' ? 'You' : model}</span>
              <p>{turn.content}</p>
              {turn.note !== null && <p class="quiet">{turn.note}</p>}
            </li>
          ))}
        </ol>
        {fault !== null && (
          <p role="alert" class="bad">
            {fault}
          </p>
        )}
        <form
          class="tools ask"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim() !== '' && !busy) void ask();
          }}
        >
          <label class="grow">
            Message <input value={typed} onInput={(e) => type(e.currentTarget.value)} />
          </label>
          {busy ? (
            <button type="button" onClick={() => running.current?.abort()}>
              Stop
            </button>
          ) : (
            <button type="submit">Ask</button>
          )}
        </form>
      </Panel>
      <Panel title="The same from a program">
        {snippets(gateway, model).map(([name, code]) => (
          <details key={name}>
            <summary>{name}</summary>
            <pre tabIndex={0}>{code}</pre>
          </details>
        ))}
      </Panel>
    </>
  );
};
