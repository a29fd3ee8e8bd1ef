/** Renders the bindings of one module: BCS layouts of its structs and builders of its calls. */
import type { MoveDatatype, MoveField, MoveFunction, MoveModule, MoveType } from './read-bytecode.ts';
import { bcsCode, frameworkPath, isPure, moduleAlias, type Place, pureType } from './types.ts';

/** `acquire_new_stack_entry` to `acquireNewStackEntry`. */
export const camelCase = (name: string): string =>
  name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const RESERVED = new Set([
  'new',
  'delete',
  'default',
  'enum',
  'package',
  'public',
  'return',
  'switch',
  'function',
  'import',
]);
const functionName = (name: string): string =>
  RESERVED.has(camelCase(name)) ? `${camelCase(name)}_` : camelCase(name);

const isSmallId = (datatype: MoveDatatype): boolean =>
  datatype.name.endsWith('SmallId') &&
  datatype.fields?.length === 1 &&
  datatype.fields[0]?.name === 'inner' &&
  datatype.fields[0].type.kind === 'u64';

const fieldsCode = (fields: readonly MoveField[], place: Place): string =>
  `{ ${fields.map(({ name, type }) => `${camelCase(name)}: ${bcsCode(type, place)}`).join(', ')} }`;

const bodyCode = (datatype: MoveDatatype, place: Place): string => {
  if (isSmallId(datatype)) return 'm.u64';
  if (datatype.fields) return `bcs.struct('${datatype.name}', ${fieldsCode(datatype.fields, place)})`;
  const variants = (datatype.variants ?? []).map(({ name, fields }) =>
    fields.length === 0 ? `${name}: null` : `${name}: bcs.struct('${name}', ${fieldsCode(fields, place)})`,
  );
  return `bcs.enum('${datatype.name}', { ${variants.join(', ')} })`;
};

const datatypeCode = (datatype: MoveDatatype, module: MoveModule, place: Place): string => {
  const path = `${place.packageName}::${module.name}::${datatype.name}`;
  const doc = `/** Layout of \`${path}\`${isSmallId(datatype) ? ', its one number' : ''}. */`;
  const body = bodyCode(datatype, place);
  if (datatype.typeParameters === 0)
    return `${doc}\nexport const ${datatype.name} = ${body};\n/** A decoded \`${path}\`. */\nexport type ${datatype.name} = typeof ${datatype.name}.$inferType;`;
  const names = Array.from({ length: datatype.typeParameters }, (_, i) => i);
  const generics = names.map((i) => `T${i}, I${i}`).join(', ');
  const parameters = names.map((i) => `_t${i}?: BcsType<T${i}, I${i}>`).join(', ');
  const used = names.filter((i) => body.includes(`t${i}`));
  const aliases = used.map((i) => `const t${i} = _t${i} as BcsType<T${i}, I${i}>;`).join(' ');
  return `${doc}\nexport const ${datatype.name} = <${generics}>(${parameters}) => { ${aliases} return ${body}; };`;
};

/** In-module references must come first: const declarations are read in order. */
const inOrder = (module: MoveModule): readonly MoveDatatype[] => {
  const byName = new Map(module.datatypes.map((datatype) => [datatype.name, datatype]));
  const done = new Set<MoveDatatype>();
  const visitType = (type: MoveType): void => {
    if (type.kind === 'vector') visitType(type.of);
    if (type.kind !== 'datatype') return;
    for (const argument of type.of) visitType(argument);
    const own = type.module === module.name && type.address === module.address ? byName.get(type.name) : undefined;
    if (own) visit(own);
  };
  const visit = (datatype: MoveDatatype): void => {
    if (done.has(datatype)) return;
    for (const field of datatype.fields ?? (datatype.variants ?? []).flatMap((variant) => variant.fields))
      visitType(field.type);
    done.add(datatype);
  };
  for (const datatype of module.datatypes) visit(datatype);
  return [...done];
};

const referent = (type: MoveType): MoveType => (type.kind === 'reference' ? type.to : type);
const isContext = (type: MoveType): boolean => frameworkPath(referent(type)) === '2::tx_context::TxContext';

const SYSTEM_OBJECTS: Readonly<Record<string, string>> = {
  '2::random::Random': "'random'",
  '2::clock::Clock': "'clock'",
};

const kindCode = (type: MoveType, place: Place): string =>
  SYSTEM_OBJECTS[frameworkPath(referent(type)) ?? ''] ?? (isPure(type) ? bcsCode(type, place) : "'object'");

/** Names tuple arguments after their object types, since bytecode keeps no parameter names. */
const argumentLabel = (type: MoveType, at: number): string => {
  const inner = referent(type);
  return inner.kind === 'datatype' && !isPure(inner)
    ? `${inner.name.charAt(0).toLowerCase()}${inner.name.slice(1)}${at}`
    : `argument${at}`;
};

const functionCode = (each: MoveFunction, module: MoveModule, place: Place): string => {
  const parameters = each.parameters.filter((type) => !isContext(type));
  const kinds = parameters.map((type) => kindCode(type, place));
  const labels = parameters.flatMap((type, at) =>
    kinds[at] === "'random'" || kinds[at] === "'clock'"
      ? []
      : [`${argumentLabel(type, at)}: ${isPure(type) ? `PureInput<${pureType(type)}>` : 'ObjectInput'}`],
  );
  const path = `${place.packageName}::${module.name}::${each.name}`;
  return [
    `/** Calls \`${path}\`. */`,
    `export const ${functionName(each.name)} = (packageId: string, ...values: readonly [${labels.join(', ')}]): CallBuilder =>`,
    `  moveCall(\`\${packageId}::${module.name}::${each.name}\`, [${kinds.join(', ')}], values);`,
  ].join('\n');
};

const isCallable = (each: MoveFunction): boolean =>
  (each.visibility === 'Public' || each.isEntry) && each.typeParameters === 0;

const usesMacrosOnly = (type: MoveType): boolean => {
  const inner = referent(type);
  return inner.kind === 'parameter' || inner.kind === 'signer';
};

/** The helpers as seen from `src/generated/bindings/<package>/`. */
const INTERNAL = '../../../internal';

const importLines = (place: Place): readonly { readonly alias: string; readonly line: string }[] =>
  [...place.imports].sort().map((target) => {
    const [packageName = '', moduleName = ''] = target.split('/');
    const from = packageName === place.packageName ? `./${moduleName}.ts` : `../${packageName}/${moduleName}.ts`;
    const alias = moduleAlias(place, packageName, moduleName);
    return { alias, line: `import * as ${alias} from '${from}';` };
  });

/** Text of the bindings file of one module. */
export const renderModule = (module: MoveModule, place: Place): string => {
  const datatypes = inOrder(module).map((datatype) => datatypeCode(datatype, module, place));
  const functions = module.functions
    .filter((each) => isCallable(each) && !each.parameters.some(usesMacrosOnly))
    .map((each) => functionCode(each, module, place));
  const body = [...datatypes, ...functions].join('\n\n');
  const uses = (name: string) => body.includes(name);
  const types = ['CallBuilder', 'IntegerInput', 'ObjectInput', 'PureInput'].filter(uses).map((name) => `type ${name}`);
  const imports = [
    uses('BcsType<') ? `import type { BcsType } from '@mysten/bcs';` : '',
    uses('bcs.') ? `import { bcs } from '@mysten/bcs';` : '',
    uses('moveCall(') ? `import { ${[...types, 'moveCall'].join(', ')} } from '${INTERNAL}/move-call.ts';` : '',
    uses('m.') ? `import * as m from '${INTERNAL}/move-types.ts';` : '',
    ...importLines(place)
      .filter(({ alias }) => uses(`${alias}.`))
      .map(({ line }) => line),
  ].filter((line) => line !== '');
  return `// Generated from the compiled Move package by src/codegen; do not edit.\n${imports.join('\n')}\n\n${body}\n`;
};
