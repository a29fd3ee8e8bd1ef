import { executedResult, setConfig } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { accounted, holdersOf } from './money.ts';
import { temporaryStage } from './stage.ts';
import { beginStory } from './story.ts';
import { walk } from './walk.ts';

const quiet = { chapter: () => {}, step: () => {} };

test('the walk also goes through when attesters must attest, and no TOMA is lost', async () => {
  const stage = await temporaryStage(async (manager) => {
    executedResult(await setConfig(manager, { name: 'surcharge', value: 1000n }));
    executedResult(await setConfig(manager, { name: 'attestationProbability', value: 1000n }));
  });
  const story = beginStory(stage, quiet);
  const { minted, nodes } = await walk(story);
  expect(accounted(await holdersOf(stage, nodes))).toBe(minted);
  expect(story.steps.filter((step) => step.command.startsWith('db submit-stack-settlement-attestation'))).toHaveLength(
    1,
  );
  stage.close();
});

test('a refusal of the contract ends the walk with its name', async () => {
  const stage = await temporaryStage((manager) =>
    setConfig(manager, { name: 'registrationCollateral', value: 200_000_000_000n }),
  );
  await expect(walk(beginStory(stage, quiet))).rejects.toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(CLI_ABORTED|SDK_INSUFFICIENT_TOMA)$/) }),
  );
  stage.close();
});
