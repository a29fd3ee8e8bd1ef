import { cryptoNatives } from './crypto.ts';
import type { Natives } from './registry.ts';
import { stdNatives } from './std.ts';
import { suiNatives } from './sui.ts';

/** Every native the engine has. */
export const allNatives: Natives = { ...stdNatives, ...suiNatives, ...cryptoNatives };
