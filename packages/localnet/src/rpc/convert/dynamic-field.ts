import type { Address, MoveValue, Type } from '@atoma/move-engine';
import { GrpcTypes } from '@mysten/sui/grpc';
import type { StoredObject } from '../../types.ts';
import { getObject } from '../ledger-functions.ts';
import { type Mask, project, wants, within } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Draft } from '../transport/proto.ts';
import { prefixed } from './address.ts';
import { readable } from './json.ts';
import { objectMessage } from './object.ts';

const FIELD = `0x${'2'.padStart(64, '0')}::dynamic_field::Field<`;
const WRAPPER = `0x${'2'.padStart(64, '0')}::dynamic_object_field::Wrapper<`;

interface Parts {
  readonly nameType: Type;
  readonly valueType: Type;
  readonly name: MoveValue;
  readonly value: MoveValue;
}

/** Name and value of a `Field<Name, Value>` object, if it can be read. */
const partsOf = (context: RpcContext, field: StoredObject): Parts | undefined => {
  const type = context.vm.resolveType(field.type);
  const [nameType, valueType] = type.datatype!.typeArguments as readonly [Type, Type];
  const read = readable(context.vm, type, field.contents);
  if (read === undefined) return undefined;
  const [, name, value] = read as [MoveValue, MoveValue, MoveValue];
  return { nameType, valueType, name, value };
};

const plainField = (context: RpcContext, { nameType, valueType, name, value }: Parts): Draft<'DynamicField'> => ({
  kind: GrpcTypes.DynamicField_DynamicFieldKind.FIELD,
  name: { name: nameType.text, value: context.vm.serialize(nameType, name) },
  value: { name: valueType.text, value: context.vm.serialize(valueType, value) },
  valueType: valueType.text,
});

/** An object field: its name is wrapped, its value is the id of an object owned by the field object. */
const objectField = (context: RpcContext, parts: Parts, mask: Mask): Draft<'DynamicField'> => {
  const nameType = parts.nameType.datatype!.typeArguments[0] as Type;
  const childId = (parts.value as MoveValue[])[0] as Address;
  const child = getObject(context.ledger, childId);
  const draft: Draft<'DynamicField'> = {
    kind: GrpcTypes.DynamicField_DynamicFieldKind.OBJECT,
    name: { name: nameType.text, value: context.vm.serialize(nameType, (parts.name as MoveValue[])[0] as MoveValue) },
    childId: prefixed(childId),
  };
  if (!child) return draft;
  draft.valueType = child.type;
  draft.value = { name: child.type, value: child.contents };
  const inner = within(mask, 'childObject');
  if (inner) draft.childObject = objectMessage(context, child, inner);
  return draft;
};

const NEEDS_CONTENTS = ['kind', 'name', 'value', 'valueType', 'childId', 'childObject'];

/** The wanted fields of a dynamic field; undefined for a child that is no field. */
export const dynamicFieldMessage = (
  context: RpcContext,
  parent: Address,
  field: StoredObject,
  mask: Mask,
): Draft<'DynamicField'> | undefined => {
  if (!field.type.startsWith(FIELD)) return undefined;
  const draft: Draft<'DynamicField'> = { parent: prefixed(parent), fieldId: prefixed(field.id) };
  if (wants(mask, ...NEEDS_CONTENTS)) {
    const parts = partsOf(context, field);
    const isObject = parts?.nameType.text.startsWith(WRAPPER);
    if (parts) Object.assign(draft, isObject ? objectField(context, parts, mask) : plainField(context, parts));
  }
  const inner = within(mask, 'fieldObject');
  if (inner) draft.fieldObject = objectMessage(context, field, inner);
  return project(GrpcTypes.DynamicField, draft, mask);
};
