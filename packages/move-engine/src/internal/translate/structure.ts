import type { TranslatedBlock } from './block.ts';
import type { Cfg } from './cfg.ts';

/** Nesting above which a parser's own stack could be at risk; such functions take the dispatcher form. */
const deepestNesting = 160;

/**
 * JavaScript of a function body from its blocks: labelled loops and blocks along the dominator tree, without a
 * dispatcher (N. Ramsey, Beyond Relooper, 2022); a loop around a switch where that is not possible.
 */
export const structure = (cfg: Cfg, blocks: readonly TranslatedBlock[], forceDispatcher = false): string => {
  if (forceDispatcher || !cfg.reducible) return dispatcher(cfg, blocks);
  const children: number[][] = cfg.blocks.map(() => []);
  cfg.blocks.forEach((_, block) => {
    if (block !== 0 && (cfg.order[block] as number) >= 0)
      (children[cfg.immediateDominator[block] as number] as number[]).push(block);
  });
  // Later blocks of the order enclose earlier ones, so that every forward branch breaks outwards.
  for (const list of children) list.sort((a, c) => (cfg.order[c] as number) - (cfg.order[a] as number));
  const out: string[] = [];
  let nesting = 0;
  let tooDeep = false;

  const tree = (block: number): void => {
    if (++nesting > deepestNesting) tooDeep = true;
    if (!tooDeep) {
      const isLoop = cfg.loopHeaders.has(block);
      if (isLoop) out.push(`B${block}:for(;;){`);
      const after = (children[block] as number[]).filter((child) => cfg.merges.has(child));
      for (const child of after) out.push(`M${child}:{`);
      body(block);
      for (const child of after.reverse()) {
        out.push('}');
        tree(child);
      }
      if (isLoop) out.push('}');
    }
    nesting--;
  };

  const body = (block: number): void => {
    const { lines, terminator } = blocks[block] as TranslatedBlock;
    out.push(...lines);
    if (terminator.kind === 'jump') branch(block, terminator.to);
    else if (terminator.kind === 'switch') {
      out.push(`switch(${terminator.on}){`);
      terminator.targets.forEach((to, tag) => {
        out.push(`case ${tag}:{`);
        branch(block, to);
        out.push('}');
      });
      out.push('}');
    } else if (terminator.kind === 'if') condition(block, terminator);
  };

  /** The side that is only a jump goes into the braces, so that chains of conditions do not nest. */
  const condition = (
    block: number,
    { condition: text, yes, no }: { readonly condition: string; readonly yes: number; readonly no: number },
  ): void => {
    const flip = !isJump(block, yes) && isJump(block, no);
    out.push(`if(${flip ? `!(${text})` : text}){`);
    branch(block, flip ? no : yes);
    out.push('}');
    branch(block, flip ? yes : no);
  };

  const isJump = (from: number, to: number): boolean =>
    (cfg.order[to] as number) <= (cfg.order[from] as number) || cfg.merges.has(to);

  const branch = (from: number, to: number): void => {
    if ((cfg.order[to] as number) <= (cfg.order[from] as number)) out.push(`continue B${to};`);
    else if (cfg.merges.has(to)) out.push(`break M${to};`);
    else tree(to);
  };

  tree(0);
  return tooDeep ? dispatcher(cfg, blocks) : out.join('\n');
};

const dispatcher = (cfg: Cfg, blocks: readonly TranslatedBlock[]): string => {
  const out = ['let b=0;', 'for(;;){', 'switch(b){'];
  blocks.forEach((translated, block) => {
    if ((cfg.order[block] as number) < 0) return;
    out.push(`case ${block}:{`, ...translated.lines);
    const { terminator } = translated;
    if (terminator.kind === 'jump') out.push(`b=${terminator.to};continue;`);
    if (terminator.kind === 'if') out.push(`b=${terminator.condition}?${terminator.yes}:${terminator.no};continue;`);
    if (terminator.kind === 'switch') out.push(`b=[${terminator.targets.join(',')}][${terminator.on}];continue;`);
    out.push('}');
  });
  out.push('}', '}');
  return out.join('\n');
};
