/** Pictures, spoken text, and text of what was spoken. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { record, rows, text } from '../json.ts';
import type { DeskProps } from '../pages/play.tsx';
import { Fault } from '../parts.tsx';
import type { Verdict } from './check.ts';
import { askWhole, type Desk, type Whole } from './desk.ts';
import { Note, verdictOn } from './note.tsx';
import { useDesk } from './use-desk.ts';

interface Answered {
  readonly whole: Whole;
  readonly verdict: Verdict;
}

/** A form with one button; `send` asks, `show` shows what came. */
const OneShot = ({
  props,
  label,
  send,
  show,
  children,
}: {
  readonly props: DeskProps;
  readonly label: string;
  readonly send: (desk: Desk) => Promise<Whole>;
  readonly show: (whole: Whole) => JSX.Element;
  readonly children: ComponentChildren;
}): JSX.Element => {
  const [answered, answer] = useState<Answered | null>(null);
  const { busy, fault, run, stop } = useDesk(props.desk);
  const ask = (): Promise<void> =>
    run(async (desk) => {
      const whole = await send(desk);
      answer({ whole, verdict: await verdictOn(props, whole.content, whole.proof) });
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void ask();
      }}
    >
      <p class="tools">
        {children}
        {busy ? (
          <button type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button type="submit">{label}</button>
        )}
      </p>
      <Fault of={fault} />
      {answered && (
        <>
          {show(answered.whole)}
          <Note of={answered.verdict} />
        </>
      )}
    </form>
  );
};

/** Pictures from a text. */
export const ImageDesk = (props: DeskProps): JSX.Element => {
  const [prompt, setPrompt] = useState('A stack of coins on a ledger');
  return (
    <OneShot
      props={props}
      label="Draw it"
      send={(desk) =>
        askWhole(desk, '/images/generations', {
          model: desk.model,
          prompt,
          size: '256x256',
          response_format: 'b64_json',
        })
      }
      show={({ body }) => (
        <>
          {rows(record(JSON.parse(new TextDecoder().decode(body))).data).map((row, i) => (
            <img key={i} alt={prompt} src={`data:image/png;base64,${text(row.b64_json)}`} />
          ))}
        </>
      )}
    >
      <label class="grow">
        Picture <input value={prompt} onInput={(event) => setPrompt(event.currentTarget.value)} />
      </label>
    </OneShot>
  );
};

/** A sound that can be played; its text stands beside it. */
const Sound = ({ of: { body, type }, said }: { readonly of: Whole; readonly said: string }): JSX.Element => {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([new Uint8Array(body)], { type }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [body]);
  // biome-ignore lint/a11y/useMediaCaption: what is spoken stands in the field above
  return <audio controls aria-label={said} src={address} />;
};

/** A sound of a text. */
export const SpeechDesk = (props: DeskProps): JSX.Element => {
  const [said, say] = useState('A receipt proves what was answered.');
  return (
    <OneShot
      props={props}
      label="Speak it"
      send={(desk) =>
        askWhole(desk, '/audio/speech', { model: desk.model, input: said, voice: 'alloy', response_format: 'wav' })
      }
      show={(whole) => <Sound of={whole} said={said} />}
    >
      <label class="grow">
        Text <input value={said} onInput={(event) => say(event.currentTarget.value)} />
      </label>
    </OneShot>
  );
};

/** The text of a sound. */
export const TranscriptionDesk = (props: DeskProps): JSX.Element => {
  const [file, choose] = useState<File | null>(null);
  return (
    <OneShot
      props={props}
      label="Write it down"
      send={(desk) => {
        const form = new FormData();
        form.append('model', desk.model);
        if (file) form.append('file', file);
        return askWhole(desk, '/audio/transcriptions', form);
      }}
      show={({ body, type }) => {
        const said = new TextDecoder().decode(body);
        return <p>{type.includes('json') ? text(record(JSON.parse(said)).text) : said}</p>;
      }}
    >
      <label>
        Sound{' '}
        <input type="file" accept="audio/*" onChange={(event) => choose(event.currentTarget.files?.[0] ?? null)} />
      </label>
    </OneShot>
  );
};
