/**
 * The text of translated code: what the optimizing compiler of JavaScript is given. That nothing is boxed, copied, computed into a
 * variable or looked at twice shows in no result, and no test may ask for the time it takes. S is the state of a call: `i` counts
 * instructions, `p` pushes, `z` bytes pushed, `d` calls within calls; `ta` are type arguments, H helpers, K constants, L links.
 */
import { beforeAll, expect, test } from 'vitest';
import { compilePackageText, frameworkPackages, sourceOf } from '../../testing/fixture.ts';
import type { LoadedFunction, LoadedModule } from '../load/loaded-module.ts';
import { createMachine, type Machine } from '../machine.ts';
import { translateFunction } from './function.ts';

/** Move functions, and parameters and body of their JavaScript after the look at the depth of calls that all begin with. */
const functions: readonly (readonly [move: string, text: string])[] = [
  // Operators are expressions, or calls of helpers that name the instruction where they may fail.
  [
    'sum(a: u64, b: u64, c: u64): u64 { let d = a + b; d * c }',
    `S,l0,l1,l2)
      S.p+=5;S.z+=26;if((S.i+=6)>S.stop)checkpoint(S,0);
      const r5=mul64(add64(l0,l1,2),l2,4);S.d--;return r5;`,
  ],
  [
    'small(a: u8, b: u16, c: u32): (u8, u16, u32) { (a + 1, b * 2, c - 3) }',
    `S,l0,l1,l2)
      S.p+=9;S.z+=30;if((S.i+=10)>S.stop)checkpoint(S,0);
      const r9=[addSmall(l0,1,255,2),mulSmall(l1,2,65535,5),subSmall(l2,3,8)];S.d--;return r9;`,
  ],
  [
    'big(a: u128, b: u256): (u128, u256) { (a * 2, b / 3) }',
    `S,l0,l1)
      S.p+=6;S.z+=20;if((S.i+=7)>S.stop)checkpoint(S,0);
      const r6=[mulBig(l0,2n,340282366920938463463374607431768211455n,2),divBig(l1,3n,5)];S.d--;return r6;`,
  ],
  [
    'rest(a: u64, b: u8, c: u128): (u64, u8, u128) { (a % 2, b % 3, c % 4) }',
    `S,l0,l1,l2)
      S.p+=9;S.z+=30;if((S.i+=10)>S.stop)checkpoint(S,0);
      const r9=[mod64(l0,2,2),modSmall(l1,3,5),modBig(l2,4n,8)];S.d--;return r9;`,
  ],
  [
    'bits(a: u32, b: u64, c: u8, d: u128): (u32, u64, u8, u128) { (a | 3, b ^ 9, c & 1, d | 1) }',
    `S,l0,l1,l2,l3)
      S.p+=12;S.z+=40;if((S.i+=13)>S.stop)checkpoint(S,0);
      const r12=[((l0|3)>>>0),xor64(l1,9),(l2&1),(l3|1n)];S.d--;return r12;`,
  ],
  [
    'shifts(a: u32, b: u64, c: u256): (u32, u64, u256) { (a << 3, b >> 9, c << 1) }',
    `S,l0,l1,l2)
      S.p+=9;S.z+=30;if((S.i+=10)>S.stop)checkpoint(S,0);
      const r9=[shlSmall(l0,3,32,2),shr64(l1,9,5),shlBig(l2,1,256,8)];S.d--;return r9;`,
  ],
  [
    'wider(a: u8, b: u16, c: u64, d: u128): (u64, u32, u256, u256) { ((a as u64), (b as u32), (c as u256), (d as u256)) }',
    `S,l0,l1,l2,l3)
      S.p+=8;S.z+=36;if((S.i+=9)>S.stop)checkpoint(S,0);
      const r8=[l0,l1,BigInt(l2),l3];S.d--;return r8;`,
  ],
  [
    'narrower(a: u64, b: u128, c: u256, d: u16): (u8, u64, u128, u8) { ((a as u8), (b as u64), (c as u128), (d as u8)) }',
    `S,l0,l1,l2,l3)
      S.p+=8;S.z+=36;if((S.i+=9)>S.stop)checkpoint(S,0);
      const r8=[castSmall(l0,255,1),cast64(l1,3),castBig(l2,340282366920938463463374607431768211455n,5),castSmall(l3,255,7)];S.d--;return r8;`,
  ],
  [
    'as_it_is(a: u64): u64 { (a as u64) }',
    `S,l0)
      S.p+=2;S.z+=9;if((S.i+=3)>S.stop)checkpoint(S,0);
      S.d--;return l0;`,
  ],
  [
    'ordered(a: u64, b: u64): bool { (a < b) != (a >= b) }',
    `S,l0,l1)
      S.p+=7;S.z+=51;if((S.i+=8)>S.stop)checkpoint(S,0);
      const r7=((l0<l1)!==(l0>=l1));S.d--;return r7;`,
  ],
  [
    'both(a: bool, b: bool, c: u64): bool { a && b || !(c == 7) }',
    `S,l0,l1,l2)
      let l3=undefined;
      let l4=undefined;
      M3:{
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      if(l0){
      S.p+=1;S.z+=8;if((S.i+=3)>S.stop)checkpoint(S,2);
      l4=l1;
      break M3;
      }
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,5);
      l4=false;
      break M3;
      }
      M6:{
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,7);
      if(l4){
      S.p+=1;S.z+=1;if((S.i+=3)>S.stop)checkpoint(S,9);
      l3=true;
      break M6;
      }
      S.p+=4;S.z+=27;if((S.i+=5)>S.stop)checkpoint(S,12);
      l3=(!(l2===7));
      break M6;
      }
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,17);
      S.d--;return l3;`,
  ],
  // A local is a variable, and a box only where a reference to a primitive in it is made.
  [
    'count(mut n: u64): u64 { let mut k = 0; while (n > 0) { n = n - 1; k = k + 2 }; k }',
    `S,l0)
      let l1=0;
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,0);
      l1=0;
      B1:for(;;){
      S.p+=3;S.z+=10;if((S.i+=4)>S.stop)checkpoint(S,2);
      if((l0>0)){
      S.i+=1;
      S.p+=6;S.z+=20;if((S.i+=9)>S.stop)checkpoint(S,7);
      l0=sub64(l0,1,9);
      l1=add64(l1,2,13);
      continue B1;
      }
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,16);
      S.d--;return l1;
      }`,
  ],
  [
    'spin(n: &mut u64) { *n = 1; loop {} }',
    `S,l0)
      S.p+=2;S.z+=17;if((S.i+=3)>S.stop)checkpoint(S,0);
      l0.c[l0.i]=1;
      B1:for(;;){
      if((S.i+=1)>S.stop)checkpoint(S,3);
      continue B1;
      }`,
  ],
  [
    'least(a: u64, b: u64): u64 { if (a < b) a else b }',
    `S,l0,l1)
      let l2=0;
      M3:{
      S.p+=3;S.z+=17;if((S.i+=4)>S.stop)checkpoint(S,0);
      if((l0<l1)){
      S.p+=1;S.z+=8;if((S.i+=3)>S.stop)checkpoint(S,4);
      l2=l0;
      break M3;
      }
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,7);
      l2=l1;
      break M3;
      }
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,9);
      S.d--;return l2;`,
  ],
  [
    'noted(mut n: u64): u64 { let r = &mut n; *r = 5; *r }',
    `S,p0)
      const l0=[p0];
      let l1=undefined;
      S.p+=5;S.z+=41;if((S.i+=8)>S.stop)checkpoint(S,0);
      l1=new Reference(l0,0);
      l1.c[l1.i]=5;
      const r7=peek(l1);S.d--;return r7;`,
  ],
  [
    'lent(mut p: Pair, q: bool): bool { let r = &mut p; r.x = 5; let s = &q; *s }',
    `S,l0,p1)
      const l1=[p1];
      let l2=undefined;
      S.p+=6;S.z+=49;if((S.i+=9)>S.stop)checkpoint(S,0);
      l2=l0;
      l2[0]=5;
      const r8=l1[0];S.d--;return r8;`,
  ],
  [
    'later(n: u64, q: Pair): u64 { let mut k = n; let r = &mut k; *r = q.y; k }',
    `S,l0,l1)
      const l2=[0];
      let l3=undefined;
      S.p+=7;S.z+=64;if((S.i+=11)>S.stop)checkpoint(S,0);
      l2[0]=l0;
      l3=new Reference(l2,0);
      l3.c[l3.i]=l1[1];
      const r10=l2[0];S.d--;return r10;`,
  ],
  [
    'any_of<T: drop>(v: T, w: T): bool { &v == &w }',
    `S,ta,p0,p1)
      const l0=[p0];
      const l1=[p1];
      S.p+=3;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      const t0=equalSized(S,ta[0],borrow(l0,0),borrow(l1,0),17);
      S.i+=1;
      S.d--;return t0;`,
  ],
  // A struct is an array; a reference to it is the array, one to a field is the array and an index.
  [
    'made(x: u64): Pair { Pair { x, y: x + 1 } }',
    `S,l0)
      S.p+=5;S.z+=20;if((S.i+=6)>S.stop)checkpoint(S,0);
      const r5=[l0,add64(l0,1,3)];S.d--;return r5;`,
  ],
  [
    'parts(p: Pair): (u64, u64) { let Pair { x, y } = p; (y, x) }',
    `S,l0)
      let l1=0;
      let l2=0;
      S.p+=5;S.z+=24;if((S.i+=7)>S.stop)checkpoint(S,0);
      l2=l0[1];
      l1=l0[0];
      const r6=[l2,l1];S.d--;return r6;`,
  ],
  [
    'opened(x: u64): u64 { let Pair { x, y } = made(x); x - y }',
    `S,l0)
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=(f0??=L(0))(S,l0);
      S.p+=3;S.z+=1;if((S.i+=3)>S.stop)checkpoint(S,2);
      const r4=sub64(t0[0],t0[1],3);S.d--;return r4;`,
  ],
  [
    'field(p: &Pair): u64 { p.x + p.y }',
    `S,l0)
      S.p+=7;S.z+=49;if((S.i+=8)>S.stop)checkpoint(S,0);
      const r7=add64(l0[0],l0[1],6);S.d--;return r7;`,
  ],
  [
    'field_of(p: &mut Pair): &mut u64 { &mut p.y }',
    `S,l0)
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      const r2=new Reference(l0,1);S.d--;return r2;`,
  ],
  [
    'set(p: &mut Pair, x: u64) { p.x = x; p.y = x + 3 }',
    `S,l0,l1)
      S.p+=8;S.z+=66;if((S.i+=11)>S.stop)checkpoint(S,0);
      l0[0]=l1;
      l0[1]=add64(l1,3,6);
      S.d--;return;`,
  ],
  [
    'turned(p: &mut Pair) { let x = p.x; p.x = p.y; p.y = x }',
    `S,l0)
      let l1=0;
      S.p+=11;S.z+=104;if((S.i+=15)>S.stop)checkpoint(S,0);
      l1=l0[0];
      l0[0]=l0[1];
      l0[1]=l1;
      S.d--;return;`,
  ],
  [
    'put(p: &mut Pair, q: Pair) { *p = q }',
    `S,l0,l1)
      S.p+=2;S.z+=34;if((S.i+=4)>S.stop)checkpoint(S,0);
      assign(l0,l1);
      S.d--;return;`,
  ],
  [
    'inner(d: &mut Deep): &mut Pair { d.n = 1; &mut d.p }',
    `S,l0)
      S.p+=5;S.z+=41;if((S.i+=7)>S.stop)checkpoint(S,0);
      l0[2]=1;
      const r6=l0[0];S.d--;return r6;`,
  ],
  [
    'through(d: &Deep): u64 { d.p.y }',
    `S,l0)
      S.p+=4;S.z+=32;if((S.i+=5)>S.stop)checkpoint(S,0);
      const r4=l0[0][1];S.d--;return r4;`,
  ],
  // A copy of primitives lists them, up to eight; a push wider than 64 bytes is charged when it happens.
  [
    'copied(p: &Pair): Pair { *p }',
    `S,l0)
      S.p+=2;S.z+=26;if((S.i+=3)>S.stop)checkpoint(S,0);
      const r2=[l0[0],l0[1]];S.d--;return r2;`,
  ],
  [
    'twice(p: Pair): (Pair, Pair) { (p, p) }',
    `S,l0)
      S.p+=2;S.z+=26;if((S.i+=3)>S.stop)checkpoint(S,0);
      const r2=[[l0[0],l0[1]],l0];S.d--;return r2;`,
  ],
  [
    'eight(r: &Eight): Eight { *r }',
    `S,l0)
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      pushBytes(S,66);
      S.i+=1;
      const r2=[l0[0],l0[1],l0[2],l0[3],l0[4],l0[5],l0[6],l0[7]];S.d--;return r2;`,
  ],
  [
    'nine(r: &Nine): Nine { *r }',
    `S,l0)
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      pushBytes(S,74);
      S.i+=1;
      const r2=copy(l0);S.d--;return r2;`,
  ],
  [
    'nested(d: &Deep): Deep { *d }',
    `S,l0)
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=copySized(S,k0,l0);
      S.i+=1;
      S.d--;return t0;`,
  ],
  [
    'large(r: &Large): Large { *r }',
    `S,l0)
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      pushBytes(S,74);
      S.i+=1;
      const r2=[l0[0],l0[1],l0[2]];S.d--;return r2;`,
  ],
  [
    'bytes(v: &vector<u8>): vector<u8> { *v }',
    `S,l0)
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=copySized(S,k0,l0);
      S.i+=1;
      S.d--;return t0;`,
  ],
  [
    'overwrite(r: &mut Large, l: Large) { *r = l }',
    `S,l0,l1)
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      pushBytes(S,74);
      assign(l0,l1);
      S.i+=1;
      S.d--;return;`,
  ],
  // Variants have a tag.
  [
    'some(n: u64): Choice { Choice::Some { n } }',
    `S,l0)
      S.p+=2;S.z+=10;if((S.i+=3)>S.stop)checkpoint(S,0);
      const r2={tag:0,f:[l0]};S.d--;return r2;`,
  ],
  [
    'chosen(c: &Choice): u64 { match (c) { Choice::Some { n } => *n, Choice::None => 0 } }',
    `S,l0)
      let l1=0;
      let l2=undefined;
      let l3=undefined;
      M3:{
      S.p+=3;S.z+=24;if((S.i+=6)>S.stop)checkpoint(S,0);
      l3=l0;
      l2=l3;
      switch(l2.tag){
      case 0:{
      S.p+=5;S.z+=24;if((S.i+=8)>S.stop)checkpoint(S,6);
      const t0=variant(l2,0,7);
      const t1=variant(l3,0,10);
      l1=t1[0];
      break M3;
      }
      case 1:{
      S.p+=3;S.z+=17;if((S.i+=6)>S.stop)checkpoint(S,14);
      const t2=variant(l2,1,17);
      l1=0;
      break M3;
      }
      }
      }
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,20);
      S.d--;return l1;`,
  ],
  [
    'taken(c: Choice): u64 { match (c) { Choice::Some { n } => n, Choice::None => abort 4 } }',
    `S,l0)
      let l1=undefined;
      let l2=undefined;
      S.p+=3;S.z+=24;if((S.i+=6)>S.stop)checkpoint(S,0);
      l2=l0;
      l1=l2;
      switch(l1.tag){
      case 0:{
      S.p+=4;S.z+=16;if((S.i+=6)>S.stop)checkpoint(S,12);
      const t2=variant(l1,0,13);
      const t3=variant(l2,0,16);
      const r17=t3[0];S.d--;return r17;
      }
      case 1:{
      S.p+=3;S.z+=17;if((S.i+=6)>S.stop)checkpoint(S,6);
      const t0=variant(l1,1,7);
      const t1=variant(l2,1,9);
      abort(4,11);
      }
      }`,
  ],
  [
    'raised(c: &mut Choice) { match (c) { Choice::Some { n } => *n = *n + 1, Choice::None => {} } }',
    `S,l0)
      let l1=undefined;
      let l2=undefined;
      let l3=undefined;
      M3:{
      S.p+=4;S.z+=32;if((S.i+=7)>S.stop)checkpoint(S,0);
      l2=l0;
      l1=l2;
      switch(l1.tag){
      case 0:{
      S.p+=9;S.z+=50;if((S.i+=13)>S.stop)checkpoint(S,7);
      const t0=variant(l1,0,8);
      const t1=variant(l2,0,11);
      l3=new Reference(t1,0);
      l3.c[l3.i]=add64(peek(l3),1,16);
      break M3;
      }
      case 1:{
      S.p+=2;S.z+=16;if((S.i+=4)>S.stop)checkpoint(S,20);
      const t2=variant(l1,1,23);
      break M3;
      }
      }
      }
      S.i+=1;
      S.d--;return;`,
  ],
  // A vector is an array; its bounds are looked at when an element is borrowed.
  [
    'list(a: u64): vector<u64> { vector[a, 1] }',
    `S,l0)
      S.p+=3;S.z+=17;if((S.i+=4)>S.stop)checkpoint(S,0);
      const r3=[l0,1];S.d--;return r3;`,
  ],
  [
    'at(v: &vector<u64>, i: u64): u64 { v[i] }',
    `S,l0,l1)
      S.p+=4;S.z+=32;if((S.i+=5)>S.stop)checkpoint(S,0);
      if(!(l1<l0.length))outOfBounds(2);
      const r4=l0[l1];S.d--;return r4;`,
  ],
  [
    'set_at(v: &mut vector<u64>, i: u64) { *(&mut v[i + 1]) = 7 }',
    `S,l0,l1)
      S.p+=6;S.z+=35;if((S.i+=8)>S.stop)checkpoint(S,0);
      const t0=add64(l1,1,4);
      if(!(t0<l0.length))outOfBounds(5);
      l0[t0]=7;
      S.d--;return;`,
  ],
  [
    'ends(v: &mut vector<u64>): u64 { v.push_back(4); v.swap(0, 1); v.pop_back() }',
    `S,l0)
      S.p+=7;S.z+=27;if((S.i+=10)>S.stop)checkpoint(S,0);
      if(l0.push(4)>longest)tooLong(2);
      swap(l0,0,1,6);
      if(l0.length===0)popEmpty(8);
      const t0=l0.pop();
      S.d--;return t0;`,
  ],
  [
    'length(v: &vector<Pair>): u64 { v.length() + v[0].x }',
    `S,l0)
      S.p+=8;S.z+=43;if((S.i+=9)>S.stop)checkpoint(S,0);
      if(!(0<l0.length))outOfBounds(4);
      const r8=add64(l0.length,l0[0][0],7);S.d--;return r8;`,
  ],
  [
    'pushed(d: &mut Deep, n: u64) { d.v.push_back(n * 2); let k = d.v.length(); d.v.swap(k - 1, 0) }',
    `S,l0,l1)
      let l2=0;
      S.p+=14;S.z+=70;if((S.i+=18)>S.stop)checkpoint(S,0);
      const t0=l0[1];
      if(t0.push(mul64(l1,2,4))>longest)tooLong(5);
      l2=l0[1].length;
      swap(l0[1],sub64(l2,1,14),0,16);
      S.d--;return;`,
  ],
  [
    'emptied(v: vector<u64>) { v.destroy_empty() }',
    `S,l0)
      S.p+=1;S.z+=8;if((S.i+=3)>S.stop)checkpoint(S,0);
      const t0=unpackVector(l0,0,1);
      S.d--;return;`,
  ],
  // A call is linked once; what may fail or read is computed before it.
  [
    'called(a: u64, b: u64): u64 { least(a, b) + least(b, a) }',
    `S,l0,l1)
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      const t0=(f0??=L(0))(S,l0,l1);
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,3);
      const t1=(f0??=L(0))(S,l1,l0);
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,6);
      const r7=add64(t0,t1,6);S.d--;return r7;`,
  ],
  [
    'ordered_calls(a: u64, p: &Pair): u64 { a / 2 + least(p.x, a) }',
    `S,l0,l1)
      S.p+=7;S.z+=42;if((S.i+=8)>S.stop)checkpoint(S,0);
      const t0=div64(l0,2,2);
      const t1=(f0??=L(0))(S,l1[0],l0);
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,8);
      const r9=add64(t0,t1,8);S.d--;return r9;`,
  ],
  [
    'two(p: Pair): u64 { let (x, y) = parts(p); x - y }',
    `S,l0)
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=(f0??=L(0))(S,l0);
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,2);
      const r3=sub64(t0[0],t0[1],2);S.d--;return r3;`,
  ],
  [
    'lent_flat(p: &mut Pair, a: u64) { put_in(&mut p.y, least(a, a)) }',
    `S,l0,l1)
      S.p+=4;S.z+=32;if((S.i+=5)>S.stop)checkpoint(S,0);
      const t0=(f0??=L(0))(S,l1,l1);
      S.i+=1;
      (f1??=L(1))(S,new Reference(l0,1),t0);
      S.i+=1;
      S.d--;return;`,
  ],
  [
    'lent_within(d: &mut Deep, a: u64) { put_in(&mut d.p.y, least(a, a)) }',
    `S,l0,l1)
      S.p+=5;S.z+=40;if((S.i+=6)>S.stop)checkpoint(S,0);
      const t0=l0[0];
      const t1=(f0??=L(0))(S,l1,l1);
      S.i+=1;
      (f1??=L(1))(S,new Reference(t0,1),t1);
      S.i+=1;
      S.d--;return;`,
  ],
  [
    'nothing(p: &mut Pair) { set(p, 1); set(p, 2) }',
    `S,l0)
      S.p+=2;S.z+=9;if((S.i+=3)>S.stop)checkpoint(S,0);
      (f0??=L(0))(S,l0,1);
      S.p+=2;S.z+=9;if((S.i+=3)>S.stop)checkpoint(S,3);
      (f0??=L(0))(S,l0,2);
      S.i+=1;
      S.d--;return;`,
  ],
  [
    'fail(a: u64) { assert!(a > 1, 7) }',
    `S,l0)
      S.p+=3;S.z+=10;if((S.i+=4)>S.stop)checkpoint(S,0);
      if((l0>1)){
      S.i+=1;
      S.i+=1;
      S.d--;return;
      }
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,5);
      abort(7,6);`,
  ],
  [
    'fail_later(a: u64): u64 { abort a / 2 }',
    `S,l0)
      S.p+=3;S.z+=10;if((S.i+=4)>S.stop)checkpoint(S,0);
      abort(div64(l0,2,2),3);`,
  ],
  // Of an unknown type the value tells what it is charged for, and how a reference to it looks.
  [
    'get<T: copy>(r: &T): T { *r }',
    `S,ta,l0)
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=copySized(S,ta[0],peek(l0));
      S.i+=1;
      S.d--;return t0;`,
  ],
  [
    'keep<T: drop>(r: &mut T, v: T) { *r = v }',
    `S,ta,l0,l1)
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      chargeSize(S,ta[0],l1);
      write(l0,l1);
      S.i+=1;
      S.d--;return;`,
  ],
  [
    'keep_made<T: drop>(r: &mut Box<T>, v: T) { *r = Box { v } }',
    `S,ta,l0,l1)
      S.p+=3;S.z+=18;if((S.i+=4)>S.stop)checkpoint(S,0);
      if(isLarge(ta,126,62))makeable(k0,ta,1);
      const t0=[l1];
      chargeSize(S,oneType(k1,ta),t0);
      assign(l0,t0);
      S.i+=1;
      S.d--;return;`,
  ],
  [
    'same<T: drop>(a: T, b: T): bool { a == b }',
    `S,ta,l0,l1)
      S.p+=3;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      const t0=equalSized(S,ta[0],l0,l1,1);
      S.i+=1;
      S.d--;return t0;`,
  ],
  [
    'pair_same(a: &Pair, b: &Pair): bool { a != b }',
    `S,l0,l1)
      S.p+=3;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      const t0=!equalSized(S,k0,l0,l1,17);
      S.i+=1;
      S.d--;return t0;`,
  ],
  [
    'words_same(a: &u64, b: &u64): bool { a == b }',
    `S,l0,l1)
      S.p+=3;S.z+=49;if((S.i+=4)>S.stop)checkpoint(S,0);
      const r3=(peek(l0)===peek(l1));S.d--;return r3;`,
  ],
  [
    'boxed<T>(v: T): Box<T> { Box { v } }',
    `S,ta,l0)
      S.p+=2;S.z+=10;if((S.i+=3)>S.stop)checkpoint(S,0);
      if(isLarge(ta,126,62))makeable(k0,ta,1);
      const r2=[l0];S.d--;return r2;`,
  ],
  [
    'held<T>(b: &mut Box<T>): &mut T { &mut b.v }',
    `S,ta,l0)
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      const r2=borrow(l0,0);S.d--;return r2;`,
  ],
  [
    'first<T>(v: &vector<T>): &T { &v[0] }',
    `S,ta,l0)
      S.p+=3;S.z+=17;if((S.i+=4)>S.stop)checkpoint(S,0);
      if(!(0<l0.length))outOfBounds(2);
      const r3=borrow(l0,0);S.d--;return r3;`,
  ],
  [
    'deep<T: copy + drop>(v: &T): T { get(&boxed(*v).v) }',
    `S,ta,l0)
      let l1=undefined;
      S.p+=2;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=copySized(S,ta[0],peek(l0));
      S.i+=1;
      const t1=(f0??=L(0))(S,manyTypes(k0,ta),t0);
      S.p+=2;S.z+=16;if((S.i+=4)>S.stop)checkpoint(S,3);
      l1=t1;
      const t2=(f1??=L(1))(S,manyTypes(k1,ta),borrow(l1,0));
      S.i+=1;
      S.d--;return t2;`,
  ],
  [
    'closed(v: &u64): u64 { get(v) }',
    `S,l0)
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=(f0??=L(0))(S,k0,l0);
      S.i+=1;
      S.d--;return t0;`,
  ],
  [
    'closed_within<T>(v: &u64, w: &T): u64 { closed_within<u64>(v, v) + get(v) }',
    `S,ta,l0,l1)
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,0);
      if(ta.nodes>126)tooManyNodes(2);
      const t0=(f0??=L(0))(S,k0,l0,l0);
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,3);
      if(ta.nodes>126)tooManyNodes(4);
      const t1=(f1??=L(1))(S,k0,l0);
      S.p+=1;S.z+=1;if((S.i+=2)>S.stop)checkpoint(S,5);
      const r6=add64(t0,t1,5);S.d--;return r6;`,
  ],
  [
    'lists<T: copy>(v: &T): vector<vector<T>> { vector[vector[get(v)]] }',
    `S,ta,l0)
      S.p+=1;S.z+=8;if((S.i+=2)>S.stop)checkpoint(S,0);
      const t0=(f0??=L(0))(S,manyTypes(k0,ta),l0);
      S.p+=2;S.z+=16;if((S.i+=3)>S.stop)checkpoint(S,2);
      if(isLarge(ta,127,126))makeable(k1,ta,2);
      if(isLarge(ta,126,62))makeable(k2,ta,3);
      const r4=[[t0]];S.d--;return r4;`,
  ],
  // A constant is made once, and copied where it can be changed.
  [
    'words(): (vector<u8>, vector<vector<u8>>, address, u128, u64) { (WORD, WORDS, @0x7, 1 << 100, 3) }',
    `S)
      S.p+=5;S.z+=48;if((S.i+=6)>S.stop)checkpoint(S,0);
      const r5=[k0.slice(),copy(k1),k2,1267650600228229401496703205376n,3];S.d--;return r5;`,
  ],
];

const types = `
  public struct Pair has copy, drop { x: u64, y: u64 }
  public struct Deep has copy, drop { p: Pair, v: vector<u64>, n: u64 }
  public struct Eight has copy, drop { a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8 }
  public struct Nine has copy, drop { a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8 }
  public struct Large has copy, drop { a: u256, b: u256, c: u64 }
  public struct Box<T> has copy, drop { v: T }
  public enum Choice has copy, drop { Some { n: u64 }, None }
  const WORD: vector<u8> = b"word";
  const WORDS: vector<vector<u8>> = vector[b"word"];`;

let machine: Machine;
let module: LoadedModule;
beforeAll(async () => {
  const text = functions.map(([move]) => `public fun ${move}`).join('\n');
  const putIn = 'fun put_in(r: &mut u64, n: u64) { *r = n }';
  const deep = [20, 99].map((terms) => `fun deep${terms}(a: u64): u64 { a${' + a'.repeat(terms)} }`).join('\n');
  const pkg = await compilePackageText(`module a::m { ${types} ${text} ${putIn} ${deep} }`);
  machine = createMachine(sourceOf(...frameworkPackages(), pkg), {});
  module = machine.packages.root(pkg.storageId).module('m') as LoadedModule;
});

const functionOf = (move: string): LoadedFunction =>
  module.function(module.functionIndex(/^\w+/.exec(move)?.[0] ?? '') as number);
const translated = (move: string) => translateFunction(machine.types, functionOf(move), 0);

test.each(functions)('%s', (move, text) => {
  const lines = translated(move)
    .text.split('\n')
    .filter((line) => line !== '');
  const from = lines.findIndex((line) => line.startsWith('return(function('));
  const [head, ...body] = lines.slice(from, -1);
  expect(body.filter((line) => line === 'if(++S.d>1025)tooDeep(0);')).toHaveLength(1);
  expect([head?.slice('return(function('.length, -1), ...body.filter((line) => !line.startsWith('if(++S.d'))]).toEqual(
    text.split('\n').map((line) => line.trim()),
  );
});

test('an expression is cut before a parser of JavaScript could find it deep', () => {
  const temporaries = (terms: number): readonly string[] => translated(`deep${terms}`).text.match(/const t\d+=/g) ?? [];
  expect(temporaries(20)).toEqual([]);
  expect(temporaries(99).length).toBeGreaterThan(2);
  for (const line of translated('deep99').text.split('\n')) expect(line.length).toBeLessThan(500);
});

test('types are work where an instruction copies one: not of literals and arithmetic', () => {
  expect(translated('sum').typeWork).toBe(3 * 6); // three locals are copied
});

test('a function has 255 locals at most', () => {
  const fn = functionOf('sum');
  const { u64 } = machine.types.primitives;
  const withLocals = (count: number) => ({ ...fn, parameters: Array.from({ length: count }, () => u64) });
  const own = translated('sum').locals.length - fn.parameters.length;
  expect(() => translateFunction(machine.types, withLocals(255 - own), 0)).not.toThrow();
  expect(() => translateFunction(machine.types, withLocals(256 - own), 0)).toThrow(
    /function sum, instruction 0: too many locals/,
  );
});

test('a function is linked once however often it is called, and equal constants are one', () => {
  expect(translated('called').targets).toHaveLength(1);
  expect(translated('lists').constants).toHaveLength(3);
  expect(translated('words').constants).toHaveLength(3);
});
