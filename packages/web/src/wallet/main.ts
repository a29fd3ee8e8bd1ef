/**
 * The development wallet as a script for any dApp: `<script type="module" src="http://127.0.0.1:9000/assets/dev-wallet.js"></script>`.
 * It registers itself by the wallet standard where the server that gave it says that its ledger is an embedded one, and nowhere else.
 * Parameters of its address: `account=NAME` (several are several accounts), `approve=always` (signs without asking).
 */
import { registerWallet } from '@mysten/wallet-standard';
import { ask } from '../ask.ts';
import { parseSite } from '../site.ts';
import { approved } from './approve.ts';
import { keysOf } from './keys.ts';
import { createWallet } from './wallet.ts';

const script = new URL(import.meta.url);
const site = parseSite(await ask({ url: new URL('/site.json', script).href }));
if (site?.ours)
  registerWallet(
    createWallet({
      ledger: site.ledger,
      keys: keysOf(script),
      approve: script.searchParams.get('approve') === 'always' ? async () => undefined : approved,
    }),
  );
else console.error('Atoma dev wallet: it is for embedded ledgers, and this server belongs to another network.');
