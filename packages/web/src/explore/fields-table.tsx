/** Fields of versions side by side; what differs is marked. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Table } from '../parts.tsx';
import { sideBySide } from './diff.ts';
import type { Version } from './versions.ts';

/** The table. `changed`: begin with what differs alone. */
export const FieldsTable = ({
  versions,
  changed = false,
}: {
  readonly versions: readonly Version[];
  readonly changed?: boolean;
}): JSX.Element => {
  const [only, setOnly] = useState(changed);
  const rows = sideBySide(versions.map(({ fields }) => fields));
  const shown = only ? rows.filter(({ differs }) => differs) : rows;
  return (
    <>
      {versions.length > 1 && (
        <label>
          <input type="checkbox" checked={only} onChange={() => setOnly(!only)} /> Only what differs (
          {rows.filter(({ differs }) => differs).length} of {rows.length})
        </label>
      )}
      <Table
        heads={['Field', ...versions.map(({ version }) => `Version ${version}`)]}
        empty={rows.length === 0 ? 'No fields are kept of it.' : 'Nothing differs.'}
        rows={shown.map(({ name, values, differs }) => [
          <code>{name}</code>,
          ...values.map((value) => (differs ? <strong>{value ?? 'absent'}</strong> : (value ?? 'absent'))),
        ])}
      />
    </>
  );
};
