/** Bodies of JSON as both sides read them: UTF-8, an object, and not deep enough to break who walks it. */

/** Members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A body that was read, or why it cannot be. */
export type ReadJson =
  | { readonly kind: 'read'; readonly json: JsonObject }
  | { readonly kind: 'fault'; readonly why: string };

/** Arrays and objects inside each other, at most. */
export const MAX_JSON_DEPTH = 128;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const fault = (why: string): ReadJson => ({ kind: 'fault', why });

const deeperThan = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const inside = Array.isArray(value) ? value : Object.values(value);
  return inside.some((each) => deeperThan(each, levels - 1));
};

/** Reads a JSON object; a byte order mark in front is skipped. Of a member given twice the last counts. */
export const readJsonObject = (body: Uint8Array): ReadJson => {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return fault('it is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fault('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fault('it is not a JSON object');
  if (deeperThan(value, MAX_JSON_DEPTH)) return fault(`it is nested deeper than ${MAX_JSON_DEPTH} levels`);
  return { kind: 'read', json: value as JsonObject };
};
