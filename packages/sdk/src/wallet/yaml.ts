/** The YAML package, loaded late. It is CommonJS: a bundle that loads it by `import()` itself finds a default export only. */
export { parse, parseDocument } from 'yaml';
