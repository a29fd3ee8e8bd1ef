/** Making a key. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { record, text } from '../json.ts';
import { Fault, Field } from '../parts.tsx';
import { reasonOf } from '../use.ts';
import type { Admin } from './gateway.tsx';

const FIELDS = [
  ['tenant', 'Tenant'],
  ['name', 'Name'],
  ['models', 'Models, with commas'],
  ['requests_per_minute', 'Requests a minute'],
  ['day_units', 'Units a day'],
  ['day_cost', 'TOMA a day'],
] as const;

type Values = Readonly<Partial<Record<(typeof FIELDS)[number][0], string>>>;

const BASE_DIGITS = 9;

/** TOMA as typed, in base units; the text itself where it is no amount, so that the server says what is wrong. */
const baseUnits = (typed: string): string => {
  const [, units = '', fraction = ''] = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(typed) ?? [];
  return units === '' ? typed : String(BigInt(`${units}${fraction.padEnd(BASE_DIGITS, '0')}`));
};

const bodyOf = (values: Values): Readonly<Record<string, unknown>> => {
  const given = (name: keyof Values): string | undefined => values[name]?.trim() || undefined;
  const models = given('models')
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const requests = given('requests_per_minute');
  const cost = given('day_cost');
  return Object.fromEntries(
    Object.entries({
      tenant: given('tenant') ?? '',
      name: given('name'),
      models,
      requests_per_minute: requests === undefined ? undefined : Number(requests),
      day_units: given('day_units'),
      day_cost: cost === undefined ? undefined : baseUnits(cost),
    }).filter(([, value]) => value !== undefined),
  );
};

/** The form; a new key's text is shown once. */
export const KeyForm = ({ admin, made }: { readonly admin: Admin; readonly made: () => void }): JSX.Element => {
  const [values, setValues] = useState<Values>({});
  const [key, setKey] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    setFault(null);
    try {
      setKey(text(record(await admin('/v1/keys', 'POST', bodyOf(values))).key));
      setValues({});
      made();
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  return (
    <details>
      <summary>New key</summary>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        {FIELDS.map(([name, label]) => (
          <Field key={name} name={name} label={label} values={values} set={setValues} />
        ))}
        <button type="submit">Make it</button>
      </form>
      <Fault of={fault} />
      {key !== null && (
        <p role="status">
          The key, shown only now: <code>{key}</code>
        </p>
      )}
    </details>
  );
};
