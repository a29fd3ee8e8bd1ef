import { expect, test } from 'vitest';
import { plainSource, testFunctions } from './plain-tests.ts';

const source = `module a::coin; // #[test] fun no() {}
/* #[test]
fun /* nested */ neither() {} */
public struct COIN has drop {}
fun init(w: COIN) {}
#[test_only]
fun init_it() { init(COIN {}); let _ = b"// init(COIN {})"; }
#[test]
fun first() {}
#[test, expected_failure(abort_code = a::coin::EBad, location = a::coin)] public fun second() {}
#[allow(unused), test] fun third() {}
`;

test('tests in comments are none, and those in code are found with what they expect', () => {
  expect(testFunctions(source)).toEqual([
    { module: 'coin', name: 'first', expectedFailure: undefined },
    { module: 'coin', name: 'second', expectedFailure: 'abort_code = a::coin::EBad, location = a::coin' },
    { module: 'coin', name: 'third', expectedFailure: undefined },
  ]);
});

test('the rewritten source keeps its lines, its comments and its text', () => {
  const plain = plainSource(source);
  expect(plain.split('\n').length).toBe(source.split('\n').length);
  expect(plain).toContain('init_plain(sui::test_utils::create_one_time_witness<COIN>()); let _ = b"// init(COIN {})";');
  expect(plain).toContain('fun init_plain(w: COIN) {}');
  expect(plain).toContain('#[allow(unused)] fun third() {}');
  expect(plain.replace(/\/\*.*\*\/|\/\/.*/gs, '')).not.toMatch(/#\[test/);
});
