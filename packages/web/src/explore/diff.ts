/** Fields of objects as JSON, laid flat, and what differs between two versions. */

/** A field and its value as text. */
export type Fields = ReadonlyMap<string, string>;

const MOST = 500;

/** Lays a value flat: `a.b`, `list[0]`; at most some hundred fields. */
export const flatten = (value: unknown): Fields => {
  const fields = new Map<string, string>();
  const visit = (at: string, each: unknown): void => {
    if (fields.size >= MOST) return;
    if (typeof each !== 'object' || each === null) fields.set(at === '' ? 'value' : at, String(each));
    else if (Array.isArray(each)) {
      if (each.length === 0) fields.set(at, '[]');
      for (const [i, item] of each.entries()) visit(`${at}[${i}]`, item);
    } else {
      const members = Object.entries(each);
      if (members.length === 0) fields.set(at === '' ? 'value' : at, '{}');
      for (const [name, member] of members) visit(at === '' ? name : `${at}.${name}`, member);
    }
  };
  if (value !== null && value !== undefined) visit('', value);
  return fields;
};

/** A field of several versions; null where a version has none. */
export interface FieldRow {
  readonly name: string;
  readonly values: readonly (string | null)[];
  /** Whether the versions differ in it. */
  readonly differs: boolean;
}

/** Fields of versions side by side, in the order they first appear. */
export const sideBySide = (versions: readonly Fields[]): readonly FieldRow[] => {
  const names = [...new Set(versions.flatMap((fields) => [...fields.keys()]))];
  return names.map((name) => {
    const values = versions.map((fields) => fields.get(name) ?? null);
    return { name, values, differs: new Set(values).size > 1 };
  });
};
