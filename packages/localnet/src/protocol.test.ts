import { expect, test } from 'vitest';
import { NEWEST_PROTOCOL, protocolOf } from './protocol.ts';
import { protocolConfig } from './rpc/services/protocol-config.ts';

test('each version tells its own features: what came later is not known before', () => {
  const [old, middle, newest] = [121, 138, NEWEST_PROTOCOL].map((version) => protocolConfig(version).featureFlags);
  for (const flag of ['enable_init_on_upgrade', 'charge_ld_const_abstract_size', 'validate_ptb_argument_indices'])
    expect([old?.[flag], middle?.[flag], newest?.[flag]]).toEqual([undefined, true, true]);
  expect([old?.enable_allowances, newest?.enable_allowances]).toEqual([undefined, false]);
  expect([old?.enable_gasless, newest?.enable_gasless]).toEqual([true, true]);
  expect(protocolOf(121).features).toEqual(old);
});
