/** A package: its modules, structs and functions, each function callable as a dry run. */
import type { SuiClientTypes } from '@mysten/sui/client';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { layoutOf, typeText, valueText } from '../explore/move-values.ts';
import { Facts, Fault, Field, Id, Panel, Show, Table } from '../parts.tsx';
import { reasonOf, useLoaded } from '../use.ts';
import type { PageProps } from './props.ts';

type Function = SuiClientTypes.FunctionResponse;

const read = async ({ atoma }: PageProps, packageId: string) => {
  const service = atoma.client.movePackageService;
  const [found, versions] = await Promise.all([
    service.getPackage({ packageId }),
    service.listPackageVersions({ packageId }),
  ]);
  return { found: found.response.package, versions: versions.response.versions };
};

const isContext = (type: string): boolean => type === 'tx_context::TxContext';

const signature = ({ name, typeParameters, parameters, returns }: Function): string => {
  const types = typeParameters.map((_, i) => `T${i}`).join(', ');
  const given = parameters.map(({ reference, body }) => {
    const prefix = reference === 'mutable' ? '&mut ' : reference === 'immutable' ? '&' : '';
    return `${prefix}${typeText(body)}`;
  });
  const back = returns.map(({ body }) => typeText(body)).join(', ');
  return `${name}${types === '' ? '' : `<${types}>`}(${given.join(', ')})${back === '' ? '' : `: ${back}`}`;
};

const Form = (props: PageProps & { readonly of: Function }): JSX.Element => {
  const { of, atoma } = props;
  const [values, setValues] = useState<Readonly<Partial<Record<string, string>>>>({});
  const [result, setResult] = useState<readonly string[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const fields = of.parameters
    .map(({ body }, i) => ({ name: String(i), type: typeText(body), body }))
    .filter(({ type }) => !isContext(type));
  const run = async (): Promise<void> => {
    setFault(null);
    setResult(null);
    try {
      const { dryRun } = await import('../explore/dry-run.ts');
      const given = fields.map(({ name }) => values[name] ?? '');
      const types = of.typeParameters.map((_, i) => values[`T${i}`] ?? '');
      setResult(await dryRun(atoma, of, given, types, values.sender ?? ''));
    } catch (error) {
      setFault(reasonOf(error));
    }
  };
  const input = (name: string, label: string): JSX.Element => (
    <Field key={name} name={name} label={label} values={values} set={setValues} />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <p class="tools">
        {of.typeParameters.map((_, i) => input(`T${i}`, `T${i}, a type`))}
        {fields.map(({ name, type, body }) => input(name, layoutOf(body) ? type : `${type}, an object id`))}
        {input('sender', 'as address')}
        <button type="submit">Dry run</button>
      </p>
      <Fault of={fault} />
      {result !== null && (
        <ul role="status">
          {result.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </form>
  );
};

const FunctionEntry = (props: PageProps & { readonly of: Function }): JSX.Element => {
  const { of } = props;
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code>{signature(of)}</code> <span class="quiet">{of.isEntry ? 'entry' : of.visibility}</span>
      </summary>
      {open && <Form {...props} />}
    </details>
  );
};

const Module = (
  props: PageProps & { readonly packageId: string; readonly name: string; readonly functions: readonly string[] },
): JSX.Element => {
  const { packageId, name: moduleName, functions, atoma } = props;
  const [open, setOpen] = useState(false);
  const loaded = useLoaded(
    async () =>
      open
        ? Promise.all(
            functions.map(
              async (name) => (await atoma.client.core.getMoveFunction({ packageId, moduleName, name })).function,
            ),
          )
        : [],
    [open],
  );
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <strong>{moduleName}</strong>, {functions.length} functions
      </summary>
      {open && (
        <Show
          of={loaded}
          as={(list) => (
            <>
              {list.map((each) => (
                <FunctionEntry key={each.name} {...props} of={each} />
              ))}
            </>
          )}
        />
      )}
    </details>
  );
};

/** The page. */
export const PackagePage = (props: PageProps & { readonly id: string }): JSX.Element => {
  const { id } = props;
  const loaded = useLoaded(() => read(props, id), [id]);
  return (
    <Show
      of={loaded}
      as={({ found, versions }) => (
        <>
          <Panel title="Package">
            <Facts
              of={[
                ['Id', <span class="id">{found?.storageId ?? id}</span>],
                ['Version', valueText(found?.version)],
                ['First published as', found?.originalId ? <Id of={found.originalId} page="package" /> : '–'],
                ['Modules', String(found?.modules.length ?? 0)],
              ]}
            />
            {versions.length > 1 && (
              <Table
                heads={['Version', 'Package']}
                numbers={[0]}
                empty=""
                rows={versions.map(({ version, packageId }) => [
                  valueText(version),
                  packageId ? <Id of={packageId} page="package" /> : '–',
                ])}
              />
            )}
          </Panel>
          <Panel title="Modules">
            {(found?.modules ?? []).map(({ name = '', functions }) => (
              <Module
                key={name}
                {...props}
                packageId={found?.storageId ?? id}
                name={name}
                functions={functions.map((each) => each.name ?? '').filter((each) => each !== '')}
              />
            ))}
            <p class="quiet">A dry run changes nothing and costs nothing; private functions can be tried too.</p>
          </Panel>
        </>
      )}
    />
  );
};
