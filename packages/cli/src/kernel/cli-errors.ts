import { defineErrors, type ErrorEntry } from '@atoma/base';
import { type ExitCode, exitCodes } from './exit-codes.ts';

type CliEntry = ErrorEntry & { readonly exit: keyof typeof exitCodes };

/** Every error the command line itself raises, with the exit code it ends in. */
const catalogue = {
  USAGE: { exit: 'usage', message: '{what}', hint: '{hint}' },
  CUT_BY_SHELL: {
    exit: 'usage',
    message: 'This command may be cut off, so nothing was run: {did}.',
    hint: 'The whole command on one line, to paste after filling in the words in capitals:\n  {line}{said}',
  },
  UNKNOWN_COMMAND: { exit: 'usage', message: 'There is no command "{input}".', hint: '{hint}' },
  BAD_VALUE: { exit: 'usage', message: '{flag}: {why}', hint: '{hint}' },
  MISSING_VALUE: {
    exit: 'usage',
    message: 'Missing {flags}.',
    hint: '{whole}Run `{command} --help` for what it means and examples.',
  },
  REFUSED_PROFILE: {
    exit: 'failed',
    message: 'No profile of {file} is safe: {why}.',
    hint: 'Sell it at level 0, or leave out the copy that buyers may also be served.',
  },
  BAD_CONFIG: { exit: 'usage', message: '{file}: {why}', hint: 'Correct the line, or remove it.' },
  CONFIG_BUSY: {
    exit: 'failed',
    message: 'Another command changes the settings in {directory}, and does not end.',
    hint: 'Try again; nothing was changed.',
    retryable: true,
  },
  UNKNOWN_NETWORK: {
    exit: 'notFound',
    message: 'There is no network named "{name}".',
    hint: 'Known: {known}. Add one with `atoma network add NAME --url URL`.',
  },
  NOT_ON_THIS_NETWORK: {
    exit: 'usage',
    message: '`{command}` does not work on {network}: {why}',
    hint: 'Use `--network embedded` (a ledger inside the program) or `--network localnet`.',
  },
  NO_ENGINE: {
    exit: 'notFound',
    message: 'No model can be served from {url}: {why}.',
    hint: 'Start vLLM, SGLang, Ollama or llama-server and run this again, name another with --engine URL, or use --rehearsal for the built-in demo model.',
  },
  NOT_FOUND: { exit: 'notFound', message: 'There is no {what} on {network}.', hint: '{hint}' },
  NO_DEPLOYMENT: {
    exit: 'notFound',
    message: 'No Atoma contract is recorded for {network}.',
    hint: 'Publish it with `atoma publish --network {network}`, or name it with --package ID (and --toma-package ID).',
  },
  PUBLIC_ID: {
    exit: 'notFound',
    message: '{flag} {id} is {what} on the public {where}; this command works on {network}.',
    hint: '{removal}: {network} has its own ids on record (`atoma print-env` shows them). `--network {where}` names that network.',
  },
  MARKETS_FOUND: {
    exit: 'usage',
    message: 'Several markets are published on {network}: {ids}.',
    hint: 'Say which: --package {first}, or once and for all `atoma config set package {first}`.',
  },
  MARKET_EXISTS: {
    exit: 'failed',
    message: 'There is a market on {network} already: {id}.',
    hint: 'Commands use it as it is. A second market would share no tasks, nodes or TOMA with it; `atoma publish --another` publishes one anyway.',
  },
  NO_WALLET: {
    exit: 'permission',
    message: 'There is no wallet {what}.',
    hint: 'Make one with `atoma wallet new`, or choose one with `atoma wallet use NAME`; `atoma wallet list` shows them.',
  },
  WALLET_EXISTS: {
    exit: 'failed',
    message: 'A wallet named "{name}" exists already.',
    hint: 'Choose another name, or use it with `atoma wallet use {name}`.',
  },
  OVER_MAX_COST: {
    exit: 'notConfirmed',
    message: 'This would cost {cost}, more than --max-cost {limit}; nothing was sent.',
    hint: 'Raise --max-cost, or buy less.',
  },
  NOT_CONFIRMED: {
    exit: 'notConfirmed',
    message: 'Not confirmed; nothing was changed.',
    hint: 'Answer yes, or give --yes.',
  },
  NEEDS_YES: {
    exit: 'notConfirmed',
    message: '{what} needs a confirmation, and there is no terminal to ask on.',
    hint: 'Add --yes to go ahead.',
  },
  ABORTED: { exit: 'aborted', message: '{name}: {sentence}', hint: '{remedy}' },
  NODE_REFUSED: {
    exit: 'failed',
    message: 'No answer: {why}',
    hint: '{remedy}',
  },
  EXECUTION_FAILED: {
    exit: 'failed',
    message: 'The transaction failed: {why}',
    hint: '{remedy}',
  },
  UNREACHABLE: {
    exit: 'network',
    message: 'No answer from {network} at {url}: {why}',
    hint: 'Start it with `atoma chain start`, or check the address with `atoma network list`.',
    retryable: true,
  },
  FAUCET_REFUSED: {
    exit: 'network',
    message: 'The faucet at {url} gives nothing: {why}',
    hint: 'Try again later, or have SUI sent to the address of `atoma wallet address`.',
    retryable: true,
  },
  LEDGER_BUSY: {
    exit: 'failed',
    message: 'Another process has been using the embedded ledger for {seconds} s ({holder}).',
    hint: 'Wait for it to end and run the command again.',
    retryable: true,
  },
  DEPLOYMENT_DIFFERS: {
    exit: 'failed',
    message: 'The deployment on {network} is not as recorded: {why}',
    hint: 'Use another network or package, or publish again.',
  },
  STILL_RUNNING: {
    exit: 'failed',
    message: 'The {what} of process {pid} still runs.',
    hint: 'Stop it first (`atoma status` shows what runs), then run the command again.',
    retryable: true,
  },
  LEDGER_SERVED: {
    exit: 'failed',
    message: 'Process {pid} is serving the embedded ledger at {url}.',
    hint: 'Stop it (`atoma chain start` in another terminal), then run the command again.',
    retryable: true,
  },
  LEDGER_EXISTS: {
    exit: 'failed',
    message: 'The embedded ledger already exists, and {flag} applies only when it is created.',
    hint: 'Leave the flag out, or delete the ledger first with `atoma chain reset --yes`.',
  },
  LEDGER_REFUSED: {
    exit: 'failed',
    message: 'The ledger at {url} refused: {why}',
    hint: '{remedy}',
  },
  LEDGER_CORRUPT: {
    exit: 'failed',
    message: 'The embedded ledger cannot be opened: {file} is damaged ({why}).',
    hint: 'Restore a snapshot with `atoma chain restore NAME`, or start anew with `atoma chain reset` (its tasks, nodes and coins are lost).',
  },
  SNAPSHOT_EXISTS: {
    exit: 'failed',
    message: 'A snapshot named "{name}" exists already.',
    hint: 'Choose another name.',
  },
  BAD_ARCHIVE: {
    exit: 'failed',
    message: '{file} is not an exported ledger: {why}',
    hint: 'Give a file written by `atoma chain export`.',
  },
  DOCS_NOT_BUILT: {
    exit: 'notFound',
    message: 'The site of the documentation is not built here.',
    hint: 'In a checkout: `npm run docs:site`. The pages themselves are in docs/, each with its commands.',
  },
  DOCS_NO_PAGE: {
    exit: 'notFound',
    message: 'There is no page "{page}".',
    hint: '`atoma docs` shows all of them; errors are found by their code, such as CLI_PORT_TAKEN.',
  },
  BACKUP_EXISTS: {
    exit: 'failed',
    message: '{backup} exists already.',
    hint: 'Name a folder that does not exist yet; `atoma backup` makes it.',
  },
  BACKUP_EMPTY: {
    exit: 'failed',
    message: 'There is nothing to copy in {home}.',
    hint: 'Set ATOMA_HOME to the home of the program that is to be copied.',
  },
  BACKUP_INSIDE: {
    exit: 'failed',
    message: 'A backup must not lie inside the home it copies ({home}).',
    hint: 'Name a folder elsewhere, best on another disk.',
  },
  BACKUP_BUSY: {
    exit: 'failed',
    message: '{file} changes too fast to be copied as of one moment.',
    hint: 'Run the command again when there is less to do.',
    retryable: true,
  },
  BACKUP_BAD: {
    exit: 'failed',
    message: '{backup} is not a complete backup: {why}.',
    hint: 'Use another backup; `atoma restore DIRECTORY --check` tells whether it is complete.',
  },
  RESTORE_FIXED: {
    exit: 'failed',
    message: '{home} cannot be replaced: {why}.',
    hint: 'A volume stays where it is: restore into a folder of it (ATOMA_HOME={home}/restored) and let the program use that folder from then on. Where only another user may write, restore as that user and give the files back.',
  },
  RESTORE_OVER: {
    exit: 'failed',
    message: '{home} is not empty.',
    hint: 'With --replace it is set aside, under a name that is printed; or name another home with ATOMA_HOME=DIRECTORY.',
  },
  NO_RECEIPTS: {
    exit: 'usage',
    message: '{file} has no receipt of stack {stack}',
    hint: 'Write one with `atoma receipts export --stack {stack} > {file}`, or name another stack.',
  },
  FILE_UNREADABLE: {
    exit: 'failed',
    message: '{file} cannot be read: {why}',
    hint: 'Check the path and its permissions.',
  },
  FILE_UNWRITABLE: {
    exit: 'failed',
    message: '{file} cannot be written: {why}',
    hint: 'Name another place, or check that its folder is there and yours.',
  },
  DISK_FULL: {
    exit: 'failed',
    message: 'There is no room to write {path} ({why}).',
    hint: 'Free some space (`df -h` shows how much there is), or choose another place with ATOMA_HOME=DIRECTORY, for temporary files with TMPDIR=DIRECTORY; then run the command again.',
    retryable: true,
  },
  READ_ONLY: {
    exit: 'permission',
    message: '{path} cannot be written: its file system is read-only ({why}).',
    hint: 'Choose another place with ATOMA_HOME=DIRECTORY, or mount it writable.',
  },
  NO_PERMISSION: {
    exit: 'permission',
    message: 'This user may not use {path} ({why}).',
    hint: 'See who owns it (`ls -ld {path}`), or choose another place with ATOMA_HOME=DIRECTORY.',
  },
  WRONG_KIND: {
    exit: 'failed',
    message: '{path} is in the way: {why}.',
    hint: 'Move it elsewhere, or choose another place with ATOMA_HOME=DIRECTORY.',
  },
  PATH_TOO_LONG: {
    exit: 'failed',
    message: '{path} is longer than a path may be on this system.',
    hint: 'Choose a shorter one; ATOMA_HOME=DIRECTORY says where the program keeps its data.',
  },
  HOME_UNUSABLE: {
    exit: 'failed',
    message: 'The data directory {path} is {what}.',
    hint: 'Set ATOMA_HOME to a directory you own, or to one that can be created.',
  },
  TOO_MANY_FILES: {
    exit: 'failed',
    message: 'Too many files and connections are open ({why}).',
    hint: 'Raise the limit (`ulimit -n 65536`) and run the command again.',
    retryable: true,
  },
  PORT_TAKEN: {
    exit: 'failed',
    message: 'Port {port} is in use by another program ({why}).',
    hint: 'Choose another with --port, or stop the program that uses it.',
    retryable: true,
  },
  PORT_REFUSED: {
    exit: 'permission',
    message: 'This user may not listen on port {port} ({why}).',
    hint: 'Give a port from 1024 with --port.',
  },
  NO_CONNECTION: {
    exit: 'network',
    message: 'A connection failed: {why}.',
    hint: 'Check the address and the network; `atoma network list` shows the addresses in use.',
    retryable: true,
  },
  PROOF_MISMATCH: {
    exit: 'failed',
    message: 'The proof does not hold: {why}',
    hint: 'Check that the history, the stack id and the number of attesters are the ones of the settlement.',
  },
  INTERRUPTED: {
    exit: 'interrupted',
    message: 'Interrupted.',
    hint: 'Nothing more was sent; `atoma events` shows what had already happened.',
    retryable: true,
  },
  INTERNAL: {
    exit: 'failed',
    message: 'Something unexpected went wrong: {why}',
    hint: 'Run it again with ATOMA_DEBUG=1 and report it with the stack trace that prints.',
  },
} as const satisfies Readonly<Record<string, CliEntry>>;

/** Makes an error of the command line's own catalogue; its code is `CLI_<NAME>`. */
export const cliError = defineErrors('CLI', catalogue);

/** Names of the catalogue with the exit code each ends in, keyed by full code. */
export const cliExits: ReadonlyMap<string, ExitCode> = new Map(
  Object.entries(catalogue).map(([name, entry]) => [`CLI_${name}`, exitCodes[entry.exit]]),
);
