/** The fixed back end of the benches in a process of its own; prints its address. */
import { startUpstream } from '../../packages/node/src/testing/upstream-server.ts';

const server = await startUpstream({ words: Array.from({ length: 20 }, () => ' ten bytes') });
// A bench does not ask what was received.
setInterval(() => {
  server.requests.length = 0;
  server.headers.length = 0;
}, 100).unref();
console.log(JSON.stringify({ url: server.url }));
process.stdin.resume().on('end', () => process.exit(0));
