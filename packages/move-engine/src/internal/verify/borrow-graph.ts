/**
 * References of a function and what they borrow from each other, after `move-borrow-graph`. An edge from a reference to
 * one that borrows from it has a path of fields; it is exact (the borrower is at the path) or a prefix (the borrower is
 * anywhere below). Edges are texts: `=` or `-`, then the labels of the path, each closed by a comma.
 */
export type Edge = string;

/** Beyond so many edges between two references they become one prefix edge with an empty path. */
const mostEdges = 10;

interface EdgeSet {
  readonly edges: Set<Edge>;
  overflown: boolean;
}

interface Node {
  readonly isMutable: boolean;
  /** Borrowers. */
  readonly by: Map<number, EdgeSet>;
  /** References it borrows from. */
  readonly from: Set<number>;
}

/** A borrow graph; references are numbers. */
export type BorrowGraph = Map<number, Node>;

const exact = '=';
const prefix = '-';
const pathOf = (edge: Edge): string => edge.slice(1);
const isExact = (edge: Edge): boolean => edge.startsWith(exact);

const nodeOf = (graph: BorrowGraph, id: number): Node => graph.get(id) as Node;

/** Adds a reference. */
export const addReference = (graph: BorrowGraph, id: number, isMutable: boolean): void => {
  graph.set(id, { isMutable, by: new Map(), from: new Set() });
};

/** Whether a reference is mutable. */
export const isMutable = (graph: BorrowGraph, id: number): boolean => nodeOf(graph, id).isMutable;

const addEdge = (graph: BorrowGraph, parent: number, edge: Edge, child: number): void => {
  const { by } = nodeOf(graph, parent);
  let set = by.get(child);
  if (!set) {
    set = { edges: new Set(), overflown: false };
    by.set(child, set);
  }
  if (!set.overflown) {
    if (set.edges.size >= mostEdges) {
      set.edges.clear();
      set.edges.add(prefix);
      set.overflown = true;
    } else set.edges.add(edge);
  }
  nodeOf(graph, child).from.add(parent);
};

/** The child borrows from anywhere in the parent. */
export const borrowSomewhere = (graph: BorrowGraph, parent: number, child: number): void =>
  addEdge(graph, parent, prefix, child);

/** The child is at the path in the parent; borrowers at or below the path then borrow from the child. */
export const borrowExactly = (graph: BorrowGraph, parent: number, path: string, child: number): void => {
  const node = nodeOf(graph, parent);
  const moved: [number, Edge][] = [];
  for (const [borrower, { edges }] of node.by)
    for (const edge of edges) if (pathOf(edge).startsWith(path)) moved.push([borrower, edge]);
  for (const [borrower, edge] of moved) {
    const edges = node.by.get(borrower)?.edges;
    edges?.delete(edge);
    if (edges?.size === 0) {
      node.by.delete(borrower);
      nodeOf(graph, borrower).from.delete(parent);
    }
  }
  for (const [borrower, edge] of moved)
    addEdge(graph, child, (edge[0] as string) + pathOf(edge).slice(path.length), borrower);
  addEdge(graph, parent, exact + path, child);
};

/** Removes a reference: what borrowed from it borrows from what it borrowed from. Gives the number of edges that replaces. */
export const release = (graph: BorrowGraph, id: number): number => {
  const node = nodeOf(graph, id);
  let edges = 0;
  graph.delete(id);
  for (const parent of node.from) {
    const { by } = nodeOf(graph, parent);
    const above = by.get(id)?.edges ?? [];
    by.delete(id);
    for (const edge of above)
      for (const [child, set] of node.by) {
        edges += set.edges.size;
        if (child !== parent) for (const below of set.edges) addEdge(graph, parent, spliced(edge, below), child);
      }
  }
  for (const child of node.by.keys()) nodeOf(graph, child).from.delete(id);
  return edges;
};

/** References and edges. */
export const sizeOf = (graph: BorrowGraph): number => {
  let size = graph.size;
  for (const { by } of graph.values()) for (const { edges } of by.values()) size += edges.size;
  return size;
};

const spliced = (above: Edge, below: Edge): Edge => {
  if (!isExact(above)) return above;
  return (isExact(below) ? exact : prefix) + pathOf(above) + pathOf(below);
};

/** Which borrows of a reference count: all, those of the whole only, or those of the whole and of one field. */
export type Part = 'any' | 'whole' | { readonly label: string };

/** Whether something borrows from a reference; `mutably` counts mutable borrowers only. */
export const isBorrowed = (graph: BorrowGraph, id: number, part: Part, mutably: boolean): boolean => {
  for (const [borrower, { edges }] of nodeOf(graph, id).by) {
    if (mutably && !nodeOf(graph, borrower).isMutable) continue;
    for (const edge of edges) {
      const concerns = edge.length === 1 || part === 'any' || (part !== 'whole' && edge.startsWith(part.label, 1));
      if (concerns) return true;
    }
  }
  return false;
};

/** A copy, with references renamed as the map says. */
export const copyGraph = (graph: BorrowGraph, renamed: ReadonlyMap<number, number> = new Map()): BorrowGraph => {
  const name = (id: number): number => renamed.get(id) ?? id;
  const made: BorrowGraph = new Map();
  for (const [id, node] of graph) {
    const by = new Map<number, EdgeSet>();
    for (const [child, set] of node.by) by.set(name(child), { ...set, edges: new Set(set.edges) });
    made.set(name(id), { isMutable: node.isMutable, by, from: new Set([...node.from].map(name)) });
  }
  return made;
};

/** Whether an edge says as much as another or more. */
const covers = (one: Edge, other: Edge): boolean =>
  one === other || (!isExact(one) && pathOf(other).startsWith(pathOf(one)));

/** Adds the edges of another graph over the same references that this one does not cover; true when there are any. */
export const joinGraphs = (graph: BorrowGraph, other: BorrowGraph): boolean => {
  const missing: [number, Edge, number][] = [];
  for (const [parent, node] of other) {
    const { by } = nodeOf(graph, parent);
    for (const [child, { edges }] of node.by) {
      const known = [...(by.get(child)?.edges ?? [])];
      for (const edge of edges) if (!known.some((one) => covers(one, edge))) missing.push([parent, edge, child]);
    }
  }
  for (const [parent, edge, child] of missing) addEdge(graph, parent, edge, child);
  return missing.length > 0;
};
