/** Engine against the real Move VM (WASM) on the same bytecode, gas metering on: `node bench/engine.bench.ts [--json]`. */
import { loadFastBlake2b } from '@atoma/base';
import { createMoveVm, type MoveVm } from '@atoma/move-engine';
import {
  compilePackageText,
  frameworkPackages,
  long,
  newSession,
  sourceOf,
} from '../packages/move-engine/src/testing/fixture.ts';
import { testSources } from '../tools/move/src/index.ts';
import { median, type Row, report } from './report.ts';

const text = `module a::m {
    public struct Order has copy, drop, store { id: u64, price: u64, filled: u64 }
    public struct Book has copy, drop, store { orders: vector<Order>, volume: u128 }
    public fun arithmetic(n: u64): u64 {
        let mut i = 0; let mut a = 1; let mut b = 7;
        while (i < n) { a = (a * 31 + b) % 1000003; b = b + (a ^ i); if (b > 1000000) b = b - 999983; i = i + 1 };
        a + b
    }
    public fun vectors(n: u64): u64 {
        let mut v = vector[1, 2, 3, 4, 5, 6, 7, 8]; let mut i = 0;
        while (i < n) {
            let k = i % 8; let x = v[k]; v.push_back(x + 1); let y = v.pop_back(); *&mut v[k] = (x + y) % 1009; v.swap(0, k); i = i + 1
        };
        v[3] + v.length()
    }
    fun fill(order: &mut Order, by: u64): u64 { let left = order.price - order.filled; let take = if (by < left) by else left; order.filled = order.filled + take; take }
    public fun calls(n: u64): u64 {
        let mut book = Book { orders: vector[], volume: 0 }; let mut i = 0;
        while (i < 20) { book.orders.push_back(Order { id: i, price: 100 + i * 3, filled: 0 }); i = i + 1 };
        let mut rest = n;
        while (rest > 0) {
            let k = rest % 20; let order = &mut book.orders[k];
            let took = fill(order, 3);
            if (order.filled == order.price) order.filled = 0;
            book.volume = book.volume + (took as u128);
            rest = rest - 1
        };
        (book.volume as u64)
    }
    public struct Filled has copy, drop { id: u64, amount: u64 }
    public fun objects(n: u64, ctx: &mut TxContext) {
        let mut table = sui::table::new<u64, Order>(ctx); let mut i = 0;
        while (i < n) {
            table.add(i, Order { id: i, price: 10, filled: 0 });
            let took = fill(&mut table[i], 4);
            if (i % 64 == 0) sui::event::emit(Filled { id: i, amount: took });
            let Order { id: _, price: _, filled: _ } = table.remove(i);
            i = i + 1
        };
        table.destroy_empty()
    }
}`;

const loops = [
  { name: 'arithmetic', vm: 1_500_000, engine: 60_000_000, target: '>= 20' },
  { name: 'vectors', vm: 600_000, engine: 15_000_000, target: '>= 10' },
  { name: 'calls', vm: 400_000, engine: 10_000_000, target: undefined },
  // Dynamic fields of a table: two hashes and an object each. At most 1,000 fit a transaction: too few to time in the WASM VM.
  { name: 'objects', vm: undefined, engine: 900, target: undefined },
] as const;

/** Seconds of one unit test in the WASM VM, compiler and start included. */
const vmSeconds = async (name: string, n: number): Promise<number> => {
  const started = performance.now();
  const result = await testSources({
    name: 'demo',
    sources: {
      'sources/demo.move': text,
      'tests/t.move': `#[test_only] module a::t { #[test] fun t() { a::m::${name}(${n}); } }`,
    },
    addresses: { a: '0xabc' },
    dependencies: ['std', 'sui'],
  });
  if (!result.passed) throw new TypeError(result.output);
  return (performance.now() - started) / 1000;
};

const engineCall = (vm: MoveVm, name: string, n: number): number => {
  const session = newSession(vm, { computationLimit: 1e15 });
  const started = performance.now();
  const result = session.call({ package: long('abc'), module: 'm', function: name, typeArguments: [], arguments: [n] });
  if (!result.ok) throw new TypeError(result.message);
  return (performance.now() - started) / 1000;
};

await loadFastBlake2b();
const [std, sui] = frameworkPackages();
const source = sourceOf(std, sui, await compilePackageText(text, ['std', 'sui']));
const rows: Row[] = [];
for (const { name, vm, engine, target } of loops) {
  const machine = createMoveVm(source);
  const times = Math.ceil(50_000 / engine); // a short loop is run often, so that Node has compiled it before it is timed
  for (let n = 0; n < 5 * times; n++) engineCall(machine, name, Math.min(engine, 200_000));
  const ours = engine / median(Array.from({ length: 3 * times }, () => engineCall(machine, name, engine)));
  rows.push({ name: `${name}: engine`, value: ours / 1e6, unit: 'million iterations/s' });
  if (vm === undefined) continue;
  // The difference of two runs leaves out compiling and starting.
  const theirs = vm / ((await vmSeconds(name, vm)) - (await vmSeconds(name, 0)));
  rows.push({ name: `${name}: WASM VM`, value: theirs / 1e6, unit: 'million iterations/s' });
  rows.push({ name: `${name}: ratio`, value: ours / theirs, unit: 'times', ...(target ? { target } : {}) });
}
const cold = (): number => {
  const started = performance.now();
  engineCall(createMoveVm(source), 'calls', 20);
  return performance.now() - started;
};
rows.push({ name: 'fresh machine, first call', value: median([1, 2, 3, 4, 5].map(cold)), unit: 'ms' });
const verified = createMoveVm(source);
const started = performance.now();
for (const pkg of [std, sui]) verified.verifyPackage(pkg);
rows.push({ name: 'verify the framework (64 modules)', value: performance.now() - started, unit: 'ms' });
report('engine', rows);
