import { rpcError } from './rpc-errors.ts';
import { type FieldInfo, type MessageInfo, messageOf } from './transport/proto.ts';

/** Which fields of a message are wanted: all, or a mask for each wanted field by its camelCase name. */
export type Mask = 'all' | ReadonlyMap<string, Mask>;

type Building = Map<string, 'all' | Building>;

const cache = new Map<string, Mask>();
const CACHE_LIMIT = 256;

/**
 * The mask of snake_case dotted paths over a message type; `*` means everything. Paths go through repeated fields.
 * Without paths the method's default applies. Throws RPC_BAD_MASK on an unknown field.
 */
export const parseMask = (
  type: MessageInfo,
  given: { readonly paths: readonly string[] } | undefined,
  defaults: readonly string[],
): Mask => {
  const paths = given && given.paths.length > 0 ? given.paths : defaults;
  const key = `${type.typeName} ${paths.join(' ')}`;
  const known = cache.get(key);
  if (known) return known;
  const mask = build(type, paths);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, mask);
  return mask;
};

const build = (type: MessageInfo, paths: readonly string[]): Mask => {
  const root: Building = new Map();
  for (const path of paths) {
    if (path === '*') return 'all';
    addPath(root, type, path);
  }
  return root;
};

const addPath = (root: Building, type: MessageInfo, path: string): void => {
  const unknown = () => rpcError('BAD_MASK', { path, type: type.typeName });
  const segments = path.split('.');
  let node = root;
  let message: MessageInfo | undefined = type;
  for (const [index, segment] of segments.entries()) {
    const field: FieldInfo | undefined = message?.fields.find(({ name }) => name === segment);
    if (!field) throw unknown();
    const existing = node.get(field.localName);
    if (existing === 'all') return;
    if (index === segments.length - 1) {
      node.set(field.localName, 'all');
      return;
    }
    const next: Building = existing ?? new Map();
    node.set(field.localName, next);
    node = next;
    message = field.kind === 'message' ? messageOf(field) : undefined;
  }
};

/** The mask inside a field, or undefined when the field is not wanted. */
export const within = (mask: Mask | undefined, field: string): Mask | undefined =>
  mask === 'all' ? 'all' : mask?.get(field);

/** Whether any of the fields is wanted. */
export const wants = (mask: Mask | undefined, ...fields: readonly string[]): boolean =>
  mask === 'all' || fields.some((field) => mask?.has(field));

/** The message with the wanted fields only. Works on drafts: absent fields stay absent. */
export const project = <T extends object>(type: MessageInfo, message: T, mask: Mask): T => {
  if (mask === 'all') return message;
  const out: Record<string, unknown> = {};
  for (const field of type.fields) {
    const inner = mask.get(field.localName);
    if (inner !== undefined) copyField(out, message as Record<string, unknown>, field, inner);
  }
  return out as T;
};

const copyField = (
  out: Record<string, unknown>,
  message: Record<string, unknown>,
  field: FieldInfo,
  mask: Mask,
): void => {
  if (field.oneof) {
    const group = message[field.oneof] as Record<string, unknown> | undefined;
    if (group?.oneofKind !== field.localName) return;
    out[field.oneof] = { oneofKind: field.localName, [field.localName]: inside(field, group[field.localName], mask) };
    return;
  }
  const value = message[field.localName];
  if (value !== undefined) out[field.localName] = inside(field, value, mask);
};

const inside = (field: FieldInfo, value: unknown, mask: Mask): unknown => {
  if (mask === 'all' || field.kind !== 'message') return value;
  const type = messageOf(field);
  if (Array.isArray(value)) return value.map((item) => project(type, item, mask));
  return typeof value === 'object' && value !== null ? project(type, value, mask) : value;
};
