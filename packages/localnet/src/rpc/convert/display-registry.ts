import type { JsonValue } from './json.ts';

/**
 * Templates of the display registry (`sui-display/src/v2`), as far as they name fields of the object:
 * `{{` and `}}` are braces, `{a.b | c}` is the first of several fields that is there. Everything else of their language is
 * refused by name.
 */

/** Text, null where a field of the template is not there, or why the template cannot be filled. */
export type Filled = { readonly text: string | null } | { readonly fault: string };

const CHAIN = /^\s*[A-Za-z_]\w*(?:\s*\.\s*(?:[A-Za-z_]\w*|\d+))*\s*$/;
const TRANSFORM = /^\s*str\s*$/;

const scalarOf = ({ kind }: JsonValue): string | null | undefined => {
  if (kind.oneofKind === 'stringValue') return kind.stringValue;
  if (kind.oneofKind === 'numberValue') return String(kind.numberValue);
  if (kind.oneofKind === 'boolValue') return String(kind.boolValue);
  return kind.oneofKind === 'nullValue' ? null : undefined;
};

/** The field that names with points between them lead to; names of JavaScript's own lead nowhere. */
export const fieldAt = (object: JsonValue, chain: string): JsonValue | undefined => {
  let value: JsonValue | undefined = object;
  for (const name of chain.split('.').map((one) => one.trim())) {
    const fields: Readonly<Record<string, JsonValue>> =
      value?.kind.oneofKind === 'structValue' ? value.kind.structValue.fields : {};
    value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  }
  return value;
};

const evaluate = (expression: string, object: JsonValue): Filled => {
  const [alternates = '', ...transforms] = expression.split(':');
  const chains = alternates.split('|');
  if (
    transforms.length > 1 ||
    transforms.some((one) => !TRANSFORM.test(one)) ||
    !chains.every((one) => CHAIN.test(one))
  )
    return { fault: `This ledger fills in fields alone, not {${expression}}` };
  for (const chain of chains) {
    const value = fieldAt(object, chain);
    const found = value && scalarOf(value);
    if (typeof found === 'string') return { text: found };
    if (value && found === undefined) return { fault: `Field ${chain.trim()} is no single value` };
  }
  return { text: null };
};

/** A template with the object's fields in it; null as a whole when one of them is not there. */
export const fillRegistered = (template: string, object: JsonValue): Filled => {
  let filled = '';
  let isNull = false;
  for (const [part, expression] of template.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g)) {
    if (part === '{' || part === '}') return { fault: `A brace at ${JSON.stringify(template)} has no other` };
    if (expression === undefined) {
      filled += part === '{{' || part === '}}' ? part[0] : part;
      continue;
    }
    const found = evaluate(expression, object);
    if ('fault' in found) return found;
    if (found.text === null) isNull = true;
    else filled += found.text;
  }
  return { text: isNull ? null : filled };
};
