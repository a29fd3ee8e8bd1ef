import { expect, test } from 'vitest';
import * as api from './index.ts';
import { nodeConfigExample, parseNodeConfig } from './node-config.ts';

test('the public surface', () => {
  expect(Object.keys(api).sort()).toEqual([
    'BUILTIN_PROFILE',
    'REHEARSAL_LABEL',
    'aesSeal',
    'calibrateFile',
    'comparedHashes',
    'createBuiltinEngine',
    'createLog',
    'createUpstreamEngine',
    'decodeRow',
    'defaultLimits',
    'defaultPolicy',
    'defaultUpstreamLimits',
    'encodeRow',
    'engineError',
    'fileModels',
    'fileTerms',
    'findingsAmong',
    'gatewayFaults',
    'inquire',
    'isPrivateAddress',
    'lazyLlamaEngine',
    'llamaOptions',
    'logitServers',
    'markCopy',
    'noSeal',
    'nodeConfigExample',
    'nodeError',
    'openConfigured',
    'openSqliteStore',
    'parseNodeConfig',
    'probeLogits',
    'problems',
    'profileBeside',
    'profileName',
    'readGuestFacts',
    'readModelFile',
    'readProfile',
    'rehearsalEnvironment',
    'rehearsalKey',
    'rehearsalRoot',
    'servedModel',
    'serverModels',
    'startDaemon',
    'startLlamaEngine',
    'startOperator',
    'tokenizerNames',
  ]);
});

test('a configuration has defaults, and what it does not know is refused by name', () => {
  expect(parseNodeConfig({}, 'node.yaml')).toMatchObject({
    port: 8_080,
    durability: 'power',
    allow_private_nodes: false,
  });
  for (const bad of [{ prot: 1 }, { port: 70_000 }, { models: [{ name: 'm' }] }, { durability: 'hope' }])
    expect(() => parseNodeConfig(bad, 'node.yaml')).toThrowError(expect.objectContaining({ code: 'NODE_CONFIG' }));
  expect(nodeConfigExample({ rehearsal: true })).toContain('allow_private_nodes: true');
});
