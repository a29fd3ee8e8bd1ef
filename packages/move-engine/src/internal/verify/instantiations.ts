import type { Token } from '../binary/decoded-module.ts';
import { Tag } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedFunction } from '../load/loaded-module.ts';
import type { Translation } from '../translate/function.ts';

/** A type parameter of a function that is used for one of another, as it is or inside a larger type. */
interface Use {
  readonly from: string;
  readonly to: string;
  readonly grows: boolean;
}

const parametersIn = ({ tag, index, args }: Token): readonly number[] =>
  tag === Tag.TypeParameter ? [index] : args.flatMap(parametersIn);

const usesOf = ([fn, { code }]: readonly [LoadedFunction, Translation]): readonly Use[] => {
  const { binary } = fn.module;
  const caller = binary.functionDefs[fn.definition]?.handle;
  return code.flatMap(({ op, a }) => {
    const callee = op === Op.CallGeneric ? binary.functionInstantiations[a] : undefined;
    // Modules depend on each other without a cycle, so that only calls within one can come back.
    if (!callee || binary.functionHandles[callee.handle]?.module !== binary.self) return [];
    return (binary.signatures[callee.typeArguments] ?? []).flatMap((type, formal) =>
      parametersIn(type).map((actual) => ({
        from: `${caller}.${actual}`,
        to: `${callee.handle}.${formal}`,
        grows: type.tag !== Tag.TypeParameter,
      })),
    );
  });
};

type Graph = ReadonlyMap<string, readonly string[]>;

const graphOf = (edges: readonly (readonly [from: string, to: string])[]): Graph => {
  const graph = new Map<string, string[]>();
  for (const [from, to] of edges) {
    graph.get(from)?.push(to) ?? graph.set(from, [to]);
    if (!graph.has(to)) graph.set(to, []);
  }
  return graph;
};

/** Nodes reached from `start` that are not in `seen`, each after those it leads to. */
const finished = (graph: Graph, start: string, seen: Set<string>): readonly string[] => {
  if (seen.has(start)) return [];
  const done: string[] = [];
  const open = [{ node: start, next: 0 }];
  seen.add(start);
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const to = graph.get(top.node)?.[top.next++];
    if (to === undefined) done.push((open.pop() as { node: string }).node);
    else if (!seen.has(to)) {
      seen.add(to);
      open.push({ node: to, next: 0 });
    }
  }
  return done;
};

/** A number for each node, the same for those that reach each other (Kosaraju's algorithm, linear in the edges). */
const components = (edges: readonly (readonly [string, string])[]): ReadonlyMap<string, number> => {
  const [forth, back] = [graphOf(edges), graphOf(edges.map(([from, to]) => [to, from]))];
  const seen = new Set<string>();
  const order = [...forth.keys()].flatMap((node) => finished(forth, node, seen));
  seen.clear();
  const of = new Map<string, number>();
  order.toReversed().forEach((node, number) => {
    for (const one of finished(back, node, seen)) of.set(one, number);
  });
  return of;
};

/**
 * Whether calls of generic functions can make ever larger types: a type parameter comes back to itself inside another type
 * (`move-bytecode-verifier/src/instantiation_loops.rs`).
 */
export const hasInstantiationLoop = (codes: readonly (readonly [LoadedFunction, Translation])[]): boolean => {
  const uses = codes.flatMap(usesOf);
  const component = components(uses.map(({ from, to }) => [from, to]));
  return uses.some(({ from, to, grows }) => grows && component.get(from) === component.get(to));
};
