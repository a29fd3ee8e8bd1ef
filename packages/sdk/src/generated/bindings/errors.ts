// Generated from the compiled Move package by src/codegen; do not edit.

/** Text of every named error of the contract by package, module and constant. */
export const moveErrors: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {};
