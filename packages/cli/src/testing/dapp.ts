/** A dApp of its own origin, bundled as its author would, whose page loads the ledger's development wallet. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../../../web/src/testing/dapp.ts', import.meta.url));

/** Serves it on the loopback address; `parameters` go to the wallet's script, for example `account=alice`. */
export const serveDapp = async (
  ledger: string,
): Promise<{ readonly url: (parameters: string) => string; readonly close: () => void }> => {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  });
  const script = outputFiles[0]?.contents ?? new Uint8Array();
  const page = (wallet: string): string =>
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>A dApp</title><link rel="icon" href="data:,"><body>
<script type="module" src="/dapp.js"></script><script type="module" src="${ledger}/assets/dev-wallet.js?${wallet}"></script>`;
  const server = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://dapp');
    const isScript = pathname === '/dapp.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isScript ? script : page(searchParams.get('wallet') ?? ''));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: (parameters) => `http://127.0.0.1:${port}/?${new URLSearchParams({ ledger, wallet: parameters })}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
