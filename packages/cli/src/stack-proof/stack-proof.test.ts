import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refusal, run, told } from '../testing/in-process.ts';
import { checkout, cleanMachine } from '../testing/process.ts';

const machine = cleanMachine();
const history = join(checkout, 'docs/examples/history.json');
const other = `0x${'ab'.repeat(32)}`;
const computed = await told(machine, `stack-proof compute --history ${history} --stack 7`);
const proof = join(machine.home, 'proof.json');
const { out } = await run(machine, `stack-proof prove --history ${history} --index 1 --json`);
writeFileSync(proof, out);
const commitment = computed.committedStackProof as string;
const root = computed.merkleRoot as string;
const verify = (flags: string): string => `stack-proof verify ${flags}`;

test('a commitment binds the history to its stack and to the number of attesters, which get a leaf each', async () => {
  expect(computed).toMatchObject({ stack: '7', attesters: 1, totalUnits: '1000000' });
  const three = await told(machine, `stack-proof compute --history ${history} --stack 7 --attesters 3`);
  const eight = await told(machine, `stack-proof compute --history ${history} --stack 8`);
  expect(three.merkleRoot).toBe(root);
  expect(eight.merkleRoot).toBe(root);
  expect(new Set([commitment, three.committedStackProof, eight.committedStackProof]).size).toBe(3);
  expect([computed.leaves, three.leaves].map((leaves) => (leaves as readonly string[]).length)).toEqual([2, 4]);
  expect((await run(machine, `stack-proof compute --history ${history} --stack 7 --quiet`)).out.trim()).toBe(
    commitment,
  );
});

test('a history is valid for the commitment or root it leads to, and for no other', async () => {
  const of = `--history ${history} --stack 7`;
  for (const flags of [`--committed-stack-proof ${commitment}`, `--merkle-root ${root}`])
    expect(await told(machine, verify(`${of} ${flags}`))).toMatchObject({ valid: true });
  for (const flags of [
    `${of} --committed-stack-proof ${other}`,
    `${of} --merkle-root ${other}`,
    `--history ${history} --stack 8 --committed-stack-proof ${commitment}`,
    `${of} --attesters 2 --committed-stack-proof ${commitment}`,
  ])
    expect((await refusal(machine, verify(flags)))[0]).toBe('CLI_PROOF_MISMATCH');
  for (const flags of [of, `--history ${history} --merkle-root ${root}`, ''])
    expect(await refusal(machine, verify(flags))).toEqual(['CLI_MISSING_VALUE', 2]);
});

test('a proof, bare or as the command printed it, belongs to its root and to the commitment made of it', async () => {
  const said = (await told(machine, verify(`--proof ${proof}`))).checked;
  expect(said).toBe(`request 1 belongs to ${root} (the root named in the proof)`);
  const bare = JSON.stringify((JSON.parse(out) as { proof: object }).proof);
  expect((await told(machine, verify(`--proof - --merkle-root ${root}`), { stdin: bare })).checked).toBe(
    `request 1 belongs to ${root}`,
  );
  const settled = `--proof ${proof} --stack 7 --units 1000000 --committed-stack-proof`;
  expect((await told(machine, verify(`${settled} ${commitment}`))).checked).toContain(`the commitment ${commitment}`);
  for (const flags of [
    `--proof ${proof} --merkle-root ${other}`,
    `${settled} ${other}`,
    `--proof ${proof} --stack 7 --units 999999 --committed-stack-proof ${commitment}`,
  ])
    expect((await refusal(machine, verify(flags)))[0]).toBe('CLI_PROOF_MISMATCH');
  expect(await refusal(machine, verify(`--proof ${proof} --stack 7 --committed-stack-proof ${commitment}`))).toEqual([
    'CLI_MISSING_VALUE',
    2,
  ]);
});
