import { seenIds } from '../chain/seen-ids.ts';
import { walletNames } from '../chain/wallet-files.ts';
import { readUserConfig } from '../config/settings.ts';
import type { AnyCommand, Handler, Run } from '../kernel/command.ts';
import { commonFlagsOf } from '../kernel/common-flags.ts';
import { type Flag, type Flags, kebab } from '../kernel/flag.ts';
import { commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import type { completeFlags, completionFlags } from './flags.ts';

const scripts = {
  bash: `_atoma() {
  local IFS=$'\\n'
  COMPREPLY=($(atoma __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _atoma atoma
`,
  zsh: `#compdef atoma
_atoma() {
  local -a found
  local line
  for line in "\${(@f)$(atoma __complete -- "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}"; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if [[ -n "\${found[1]}" ]]; then _describe atoma found; else _files; fi
}
if [[ "\${funcstack[1]}" == _atoma ]]; then _atoma "$@"; else compdef _atoma atoma; fi
`,
  fish: `function __atoma_complete
  set -l words (commandline -opc)
  atoma __complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c atoma -f -a '(__atoma_complete)'
`,
} as const;

/** `atoma completion` */
export const completion: Handler<typeof completionFlags> = async (run, { shell }) => {
  run.io.out(scripts[shell]);
  return undefined;
};

type Offer = readonly [word: string, brief: string];

const builtInNames = ['embedded', 'localnet', 'devnet', 'testnet', 'mainnet'] as const;

/** The network the words typed so far name, or the one of the settings. */
const networkIn = (run: Run, words: readonly string[]): string => {
  const at = words.lastIndexOf('--network', words.length - 3);
  return (at < 0 ? undefined : words[at + 1]) ?? run.settings.network.value;
};

const offersFor = (run: Run, flag: Flag<unknown>, words: readonly string[]): readonly Offer[] => {
  if (flag.values) return flag.values.map((value) => [value, flag.brief]);
  if (flag.complete === 'wallet') return walletNames(run.settings.home.wallets).map((name) => [name, 'wallet']);
  if (flag.complete === 'network')
    return [...builtInNames, ...Object.keys(readUserConfig(run.settings.home.networks))].map((name) => [
      name,
      'network',
    ]);
  return flag.complete === undefined || flag.complete === 'file'
    ? []
    : seenIds(run.settings, networkIn(run, words), flag.complete);
};

const flagOffers = (flags: Flags, skip: readonly string[]): readonly Offer[] =>
  Object.entries(flags)
    .filter(([name]) => !skip.includes(name))
    .map(([name, flag]) => [`--${kebab(name)}`, flag.brief]);

const commandOffers = (run: Run, command: AnyCommand, rest: readonly string[]): readonly Offer[] => {
  const flags = { ...command.flags, ...commonFlagsOf(command.access) };
  const before = rest.at(-2);
  const open = Object.entries(flags).find(([name, flag]) => `--${kebab(name)}` === before && !flag.isSwitch);
  if (open) return offersFor(run, open[1], rest);
  const positional = command.positional[rest.length - 1];
  const values = positional === undefined ? [] : offersFor(run, command.flags[positional] as Flag<unknown>, rest);
  const given = rest.filter((word) => word.startsWith('--'));
  return [...values, ...flagOffers(flags, command.positional).filter(([word]) => !given.slice(0, -1).includes(word))];
};

/** `atoma __complete`: words that may come next, one a line with its meaning after a tab. */
export const complete: Handler<typeof completeFlags> = async (run, { words: argv = [] }) => {
  const typed = argv.at(-1) ?? '';
  const path = commandPathOf(root, argv.slice(0, -1));
  const target = findTarget(root, path);
  const offers: readonly Offer[] =
    target?.kind === 'command'
      ? commandOffers(run, target, argv.slice(path.length))
      : Object.entries(target?.routes ?? {}).flatMap(([name, below]) =>
          name.startsWith('_') ? [] : [[name, below.brief] as const],
        );
  run.io.out(
    offers
      .filter(([word]) => word.startsWith(typed))
      .map(([word, brief]) => `${word}\t${brief}\n`)
      .join(''),
  );
  return undefined;
};
