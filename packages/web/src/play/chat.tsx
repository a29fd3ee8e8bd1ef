/** A conversation. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { DeskProps } from '../pages/play.tsx';
import { Fault } from '../parts.tsx';
import type { Verdict } from './check.ts';
import { askChat, askStreamed, type Desk, saidBy, type Turn } from './desk.ts';
import { Note, verdictOn } from './note.tsx';
import { useDesk } from './use-desk.ts';

type Shown = Turn & { readonly verdict: Verdict | null };

/** The desk. */
export const ChatDesk = (props: DeskProps): JSX.Element => {
  const { desk, stream } = props;
  const [typed, type] = useState('');
  const [turns, setTurns] = useState<readonly Shown[]>([]);
  const { busy, fault, run, stop } = useDesk(desk);
  const answer = async (at: Desk, before: readonly Shown[]): Promise<void> => {
    const say = (content: string, verdict: Verdict | null): void =>
      setTurns([...before, { role: 'assistant', content, verdict }]);
    if (!stream) {
      const whole = await askChat(at, before);
      say(saidBy(whole), await verdictOn(props, whole.content, whole.proof));
      return;
    }
    for await (const { said, content, proof } of askStreamed(at, before))
      say(said, content === null ? null : await verdictOn(props, content, proof));
  };
  const ask = (): Promise<void> =>
    run(async (at) => {
      const before: readonly Shown[] = [...turns, { role: 'user', content: typed, verdict: null }];
      setTurns(before);
      type('');
      await answer(at, before);
    });
  return (
    <>
      <ol class="talk" aria-live="polite">
        {turns.map((turn, i) => (
          <li key={i} class={turn.role}>
            <span class="who">{turn.role === 'user' ? 'You' : 'The market'}</span>
            <p>{turn.content}</p>
            {turn.verdict && <Note of={turn.verdict} />}
          </li>
        ))}
      </ol>
      <Fault of={fault} />
      <form
        class="tools ask"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '' && !busy) void ask();
        }}
      >
        <label class="grow">
          Message <input value={typed} onInput={(event) => type(event.currentTarget.value)} />
        </label>
        {busy ? (
          <button type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button type="submit">Ask</button>
        )}
      </form>
    </>
  );
};
