import { binaryLimits } from '../../params.ts';
import { type BinaryModule, type FieldDef, Tag, type Token } from './decoded-module.ts';
import { malformed } from './reader.ts';

/** Checks that every index between the tables of a module is in range; throws {@link MalformedBinary}. */
export const checkTables = (m: BinaryModule): void => {
  const within = (index: number, rows: readonly unknown[], what: string): void => {
    if (index >= rows.length) malformed(`${what} ${index} does not exist`);
  };
  const token = (t: Token, parameters: number): void => {
    if (t.tag === Tag.TypeParameter && t.index >= parameters) malformed('type parameter out of range');
    if (t.tag === Tag.Datatype || t.tag === Tag.DatatypeInstantiation) {
      within(t.index, m.datatypeHandles, 'datatype handle');
      const expected = m.datatypeHandles[t.index]?.typeParameters.length;
      if (expected !== t.args.length) malformed('wrong number of type arguments');
    }
    for (const arg of t.args) token(arg, parameters);
  };
  const fields = (rows: readonly FieldDef[], handle: number): void => {
    if (rows.length > binaryLimits.fields) malformed('too many fields');
    for (const row of rows) {
      within(row.name, m.identifiers, 'identifier');
      if (row.type.tag === Tag.Reference || row.type.tag === Tag.MutableReference) malformed('reference in a field');
      token(row.type, m.datatypeHandles[handle]?.typeParameters.length ?? 0);
    }
  };
  within(m.self, m.moduleHandles, 'module handle');
  for (const row of [...m.moduleHandles, ...m.friends]) {
    within(row.address, m.addresses, 'address');
    within(row.name, m.identifiers, 'identifier');
  }
  for (const row of m.datatypeHandles) {
    within(row.module, m.moduleHandles, 'module handle');
    within(row.name, m.identifiers, 'identifier');
  }
  // A signature's type parameters belong to whoever uses it; users check against their own number.
  for (const row of m.signatures) for (const t of row) token(t, 0x10000);
  for (const row of m.constants) token(row.type, 0);
  for (const row of m.functionHandles) {
    within(row.module, m.moduleHandles, 'module handle');
    within(row.name, m.identifiers, 'identifier');
    within(row.parameters, m.signatures, 'signature');
    within(row.returns, m.signatures, 'signature');
    if (row.typeParameters.length > binaryLimits.typeParameters) malformed('too many type parameters');
    for (const t of [...(m.signatures[row.parameters] ?? []), ...(m.signatures[row.returns] ?? [])])
      token(t, row.typeParameters.length);
  }
  for (const row of m.functionInstantiations) {
    within(row.handle, m.functionHandles, 'function handle');
    within(row.typeArguments, m.signatures, 'signature');
  }
  for (const row of m.structDefs) {
    within(row.handle, m.datatypeHandles, 'datatype handle');
    fields(row.fields ?? [], row.handle);
  }
  for (const row of m.enumDefs) {
    within(row.handle, m.datatypeHandles, 'datatype handle');
    if (row.variants.length === 0 || row.variants.length > binaryLimits.variants) malformed('wrong number of variants');
    for (const variant of row.variants) {
      within(variant.name, m.identifiers, 'identifier');
      fields(variant.fields, row.handle);
    }
  }
  for (const row of m.structInstantiations) {
    within(row.def, m.structDefs, 'struct');
    within(row.typeArguments, m.signatures, 'signature');
  }
  for (const row of m.enumInstantiations) {
    within(row.def, m.enumDefs, 'enum');
    within(row.typeArguments, m.signatures, 'signature');
  }
  for (const row of m.fieldHandles) {
    within(row.owner, m.structDefs, 'struct');
    within(row.field, m.structDefs[row.owner]?.fields ?? [], 'field');
  }
  for (const row of m.fieldInstantiations) {
    within(row.handle, m.fieldHandles, 'field handle');
    within(row.typeArguments, m.signatures, 'signature');
  }
  for (const row of m.variantHandles) {
    within(row.def, m.enumDefs, 'enum');
    within(row.variant, m.enumDefs[row.def]?.variants ?? [], 'variant');
  }
  for (const row of m.variantInstantiations) {
    within(row.def, m.enumInstantiations, 'enum instantiation');
    within(row.variant, m.enumDefs[m.enumInstantiations[row.def]?.def ?? -1]?.variants ?? [], 'variant');
  }
  functionTables(m, within);
};

const functionTables = (
  m: BinaryModule,
  within: (index: number, rows: readonly unknown[], what: string) => void,
): void => {
  const seen = new Set<string>();
  if (m.functionDefs.length > binaryLimits.functions) malformed('too many functions');
  if (m.structDefs.length + m.enumDefs.length > binaryLimits.datatypes) malformed('too many datatypes');
  for (const row of m.functionDefs) {
    within(row.handle, m.functionHandles, 'function handle');
    if (m.functionHandles[row.handle]?.module !== m.self) malformed('definition of a foreign function');
    const name = m.identifiers[m.functionHandles[row.handle]?.name ?? -1] as string;
    if (seen.has(name)) malformed('function defined twice');
    seen.add(name);
    if (!row.isNative) within(row.locals, m.signatures, 'signature');
    for (const jump of row.jumpTables) within(jump.enumDef, m.enumDefs, 'enum');
  }
  const datatypes = new Set<number>();
  for (const row of [...m.structDefs, ...m.enumDefs]) {
    if (m.datatypeHandles[row.handle]?.module !== m.self) malformed('definition of a foreign datatype');
    if (datatypes.has(row.handle)) malformed('datatype defined twice');
    datatypes.add(row.handle);
  }
};
