import { expect, test } from 'vitest';
import { trustNobody } from './confidential.ts';

test('a gateway whose runtime could show prompts trusts no evidence, and says why', async () => {
  const none = new Uint8Array(32);
  const evidence = {
    quote: none,
    collateral: none,
    eventLog: none,
    reportData: none,
    configHash: none,
    weightsRoot: none,
  };
  const { judge } = trustNobody('Start without --inspect.');
  for (const kind of ['rehearsal', 'tdx', 'snp'] as const)
    expect(await judge({ ...evidence, kind, at: new Date() })).toEqual({
      kind: 'refused',
      reasons: ['This gateway may read nothing confidential. Start without --inspect.'],
    });
});
