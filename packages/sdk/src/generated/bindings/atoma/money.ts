// Generated from the compiled Move package by src/codegen; do not edit.



