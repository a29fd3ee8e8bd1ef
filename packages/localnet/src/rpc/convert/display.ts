import { newWriter, viewOf } from '../../internal/bcs-writer.ts';
import { fieldId, SYSTEM } from '../../internal/genesis.ts';
import { parseTypeTag, putTypeTag } from '../../internal/type-tag.ts';
import type { StoredObject } from '../../types.ts';
import { getObject, listEvents } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Draft } from '../transport/proto.ts';
import { fieldAt, fillRegistered } from './display-registry.ts';
import { type JsonValue, jsonOfBcs } from './json.ts';

/**
 * Display of objects. Templates come from the display registry (`sui::display_registry`) where a type has some there, else from
 * the newest `VersionUpdated<T>` event of `sui::display`. In the latter `{a.b}` names a field, and `\` takes the next character
 * as it is.
 */

const SUI = `0x${'2'.padStart(64, '0')}`;
const VERSION_UPDATED = `${SUI}::display::VersionUpdated`;

type Fields = Readonly<Record<string, JsonValue>>;

const fieldsOf = (value: JsonValue | undefined): Fields | undefined =>
  value?.kind.oneofKind === 'structValue' ? value.kind.structValue.fields : undefined;

const text = (stringValue: string): JsonValue => ({ kind: { oneofKind: 'stringValue', stringValue } });

const NULL: JsonValue = { kind: { oneofKind: 'nullValue', nullValue: 0 } };

const record = (entries: readonly (readonly [string, JsonValue])[]): JsonValue => ({
  kind: { oneofKind: 'structValue', structValue: { fields: Object.fromEntries(entries) } },
});

const textOf = ({ kind }: JsonValue): string | undefined => {
  if (kind.oneofKind === 'stringValue') return kind.stringValue;
  if (kind.oneofKind === 'numberValue') return String(kind.numberValue);
  if (kind.oneofKind === 'boolValue') return String(kind.boolValue);
  return kind.oneofKind === 'nullValue' ? '' : undefined;
};

/** Text of the field a path names, or why it has none. */
const lookUp = (object: JsonValue, path: string): { readonly text: string } | { readonly fault: string } => {
  const value = fieldAt(object, path);
  if (!value) return { fault: `Field ${path} does not exist` };
  const found = textOf(value);
  return found === undefined ? { fault: `Field ${path} is no single value` } : { text: found };
};

/** A template with the object's fields in the place of their names. */
export const fillTemplate = (
  template: string,
  object: JsonValue,
): { readonly text: string } | { readonly fault: string } => {
  let filled = '';
  for (let at = 0; at < template.length; at++) {
    const letter = template[at] as string;
    if (letter === '\\') {
      filled += template[++at] ?? '';
      continue;
    }
    if (letter !== '{') {
      filled += letter;
      continue;
    }
    const end = template.indexOf('}', at);
    if (end < 0) return { fault: 'A name in braces has no end' };
    const found = lookUp(object, template.slice(at + 1, end));
    if ('fault' in found) return found;
    filled += found.text;
    at = end;
  }
  return { text: filled };
};

/** Templates of a type by field name: a VecMap of two strings in the event. */
const templatesOf = (context: RpcContext, type: string): readonly (readonly [string, string])[] | undefined => {
  const [event] = listEvents(context.ledger, {
    limit: 1,
    descending: true,
    filter: { type: `${VERSION_UPDATED}<${type}>` },
  });
  return event && entriesOf(jsonOfBcs(context.vm, event.type, event.contents).json);
};

/** Entries of the VecMap of two strings in `fields`. */
const entriesOf = (json: JsonValue | undefined): readonly (readonly [string, string])[] | undefined => {
  const contents = fieldsOf(fieldsOf(json)?.fields)?.contents;
  if (contents?.kind.oneofKind !== 'listValue') return undefined;
  return contents.kind.listValue.values.map((entry) => {
    const { key, value } = fieldsOf(entry) as { key: JsonValue; value: JsonValue };
    return [textOf(key) ?? '', textOf(value) ?? ''] as const;
  });
};

/** Templates of a type in the registry: the object derived from it for `DisplayKey<T>`. */
const registeredFor = (context: RpcContext, type: string): readonly (readonly [string, string])[] | undefined => {
  const key = `${SUI}::derived_object::DerivedObjectKey<${SUI}::display_registry::DisplayKey<${type}>>`;
  const tag = parseTypeTag(key);
  if (!tag || !getObject(context.ledger, SYSTEM.displayRegistry)) return undefined;
  const w = newWriter();
  putTypeTag(w, tag);
  const found = getObject(context.ledger, fieldId(SYSTEM.displayRegistry, Uint8Array.of(0), viewOf(w)));
  return found && entriesOf(jsonOfBcs(context.vm, found.type, found.contents).json);
};

/** How an object is shown; undefined when its type has no display. */
export const displayMessage = (context: RpcContext, object: StoredObject): Draft<'Display'> | undefined => {
  const registered = registeredFor(context, object.type);
  const templates = registered ?? templatesOf(context, object.type);
  const { json } = templates ? jsonOfBcs(context.vm, object.type, object.contents) : {};
  if (!templates || !json) return undefined;
  const fill = registered ? fillRegistered : fillTemplate;
  const filled = templates.map(([name, template]) => [name, fill(template, json)] as const);
  const output = filled.flatMap(([name, one]) =>
    'fault' in one ? [] : [[name, one.text === null ? NULL : text(one.text)] as const],
  );
  const errors = filled.flatMap(([name, one]) => ('fault' in one ? [[name, text(one.fault)] as const] : []));
  return { output: record(output), ...(errors.length === 0 ? {} : { errors: record(errors) }) };
};
