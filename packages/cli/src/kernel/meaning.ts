/** Words people use for one thing. A flag means what its words mean. */
const MEANINGS: readonly (readonly string[])[] = [
  ['wallet', 'account', 'sender', 'signer', 'from', 'keypair', 'address', 'owner'],
  ['network', 'net', 'env', 'environment', 'chain', 'cluster'],
  ['yes', 'force', 'confirm', 'assume', 'noninteractive', 'y'],
  ['json', 'output', 'format'],
  ['quiet', 'silent', 'q'],
  ['dry', 'simulate', 'preview', 'plan', 'check'],
  ['price', 'rate', 'ask', 'bid'],
  ['cost', 'spend', 'fee', 'budget'],
  ['units', 'unit', 'tokens', 'quantity', 'compute'],
  ['max', 'maximum', 'most', 'limit', 'cap', 'up'],
  ['min', 'minimum', 'least', 'threshold'],
  ['amount', 'value', 'sum', 'quantity', 'coins'],
  ['url', 'endpoint', 'address', 'rpc', 'host', 'server', 'base', 'engine'],
  ['port', 'listen', 'p'],
  ['level', 'security', 'privacy'],
  ['model', 'name', 'm'],
  ['task', 'job'],
  ['node', 'provider', 'worker'],
  ['stack', 'purchase'],
  ['ids', 'tickets', 'ticket', 'settled'],
  ['id', 'small'],
  ['proof', 'commitment', 'root', 'committed'],
  ['leaf', 'merkle'],
  ['reputation', 'score'],
  ['follow', 'tail', 'watch', 'f'],
  ['detach', 'background', 'daemon', 'd'],
  ['persist', 'keep', 'data', 'save'],
  ['secret', 'key', 'mnemonic', 'private', 'file', 'input'],
  ['file', 'path', 'out'],
  ['gas', 'budget'],
  ['package', 'contract', 'program'],
  ['epochs', 'epoch', 'duration', 'ms'],
  ['seconds', 'time', 'ahead'],
];

const partsOf = (flag: string): readonly string[] => flag.replace(/^-+/, '').toLowerCase().split(/[-_]/);

/** Groups a word belongs to; a word in none is a group of its own. */
const groupsOf = (part: string): readonly (string | number)[] => {
  const found = MEANINGS.flatMap((words, i) => (words.includes(part) ? [i] : []));
  return found.length > 0 ? found : [part];
};

const overlap = (typed: string, flag: string): number => {
  const known = new Set(partsOf(flag).flatMap(groupsOf));
  const parts = partsOf(typed);
  return parts.filter((part) => groupsOf(part).some((group) => known.has(group))).length / parts.length;
};

/** The flags that mean most nearly what was typed, by words and not by letters; the shortest first, at most `limit`. */
export const sameMeaning = (typed: string, flags: readonly string[], limit = 2): readonly string[] => {
  const scored = flags.map((flag) => ({ flag, score: overlap(typed, flag) })).filter(({ score }) => score > 0);
  const best = Math.max(0, ...scored.map(({ score }) => score));
  return scored
    .filter(({ score }) => score === best)
    .sort((a, b) => partsOf(a.flag).length - partsOf(b.flag).length)
    .slice(0, limit)
    .map(({ flag }) => flag);
};
