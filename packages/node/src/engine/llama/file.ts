/** What can be known of a model file before it is loaded. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { basename } from 'node:path';
import { isAtomaError } from '@atoma/base';
import { engineError } from '../engine-errors.ts';
import { type GgufHead, readGgufHead } from './gguf.ts';

/** Context of a model that was trained on more. */
export const MOST_CONTEXT = 8_192;

const MAGIC = 'GGUF';

/** A fault of the file, with what to do about it. */
export const fileFault = (file: string, why: string, next: string, cause?: unknown): Error =>
  engineError('MODEL_FILE', { file, why, next }, cause);

/** A chat template that is no template. */
export const templateFault = (file: string, cause: unknown): Error =>
  fileFault(
    file,
    `its chat template cannot be read (${(cause as Error).message})`,
    'Use a file whose tokenizer.chat_template is a Jinja template, or write it anew.',
    cause,
  );

/** What goes by the name of GGUF and is no language model, by `general.type`. */
const others: Readonly<Record<string, string>> = {
  adapter: 'a LoRA adapter',
  mmproj: 'a projector of pictures or sound',
  imatrix: 'an importance matrix',
};

/** Architectures that read a text and make no tokens, as llama.cpp names them. */
const encoders = new Set([
  'bert',
  'modern-bert',
  'nomic-bert',
  'nomic-bert-moe',
  'neo-bert',
  'jina-bert-v2',
  'jina-bert-v3',
  'eurobert',
  'gemma-embedding',
  't5encoder',
]);

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Why a whole file is none that can be served, with what to do. */
const unfitOf = (
  { version, tensors, values, lists }: GgufHead,
  withWeights: boolean,
): readonly [why: string, next: string] | undefined => {
  const again = 'Copy or download it again.';
  const itself = 'Give the file of the language model itself.';
  if (version >= 2 ** 24) return ['it is written for big-endian machines', 'Use a little-endian file.'];
  if (version !== 2 && version !== 3)
    return [`it is of version ${version}, and 2 and 3 can be read`, 'Convert it anew.'];
  const architecture = values.get('general.architecture');
  const type = values.get('general.type');
  if (architecture === 'clip') return [`it is ${others.mmproj}`, itself];
  if (type !== undefined && type !== 'model')
    return [`it is ${others[String(type)] ?? `of the type ${JSON.stringify(type)}`}`, itself];
  if (typeof architecture !== 'string') return ['it names no architecture', again];
  const parts = numberOf(values.get('split.count')) ?? 1;
  if (parts > 1)
    return [`it is one of ${parts} parts of a model`, 'Join them: llama-gguf-split --merge FIRST-PART OUT.gguf.'];
  if (values.get('tokenizer.ggml.model') === 'no_vocab' || !lists.get('tokenizer.ggml.tokens'))
    return ['it has no tokens', 'Use a file that carries its tokenizer.'];
  if (values.get(`${architecture}.block_count`) === 0) return ['it has no layers', again];
  if (values.get(`${architecture}.context_length`) === 0) return ['its context has no room for a token', again];
  if (withWeights && tensors === 0)
    return ['it has no weights', 'Give one that has, or name the server that has them (server:).'];
  return undefined;
};

/**
 * Says from now on whether the file was written to or cut; one that was moved or deleted is not. It stays open for as long as the process
 * lives, as its weights do.
 */
export const watchFile = (file: string): (() => boolean) => {
  const fd = openSync(file, 'r');
  const stamp = (): string => {
    const { size, mtimeNs } = fstatSync(fd, { bigint: true });
    return `${size} ${mtimeNs}`;
  };
  const first = stamp();
  return () => stamp() !== first;
};

/** The head of a file, which is closed again. Throws `ENGINE_MODEL_FILE`. */
const headOf = (file: string): { readonly head: GgufHead; readonly size: number } => {
  let fd: number | undefined;
  try {
    const found = statSync(file);
    if (!found.isFile())
      throw fileFault(
        file,
        found.isDirectory() ? 'it is a directory' : 'it is no file',
        'Give the path of a GGUF file.',
      );
    fd = openSync(file, 'r');
    const { size } = found;
    const magic = Buffer.alloc(MAGIC.length);
    readSync(fd, magic, 0, magic.length, 0);
    if (magic.toString('latin1') !== MAGIC)
      throw fileFault(file, 'it is no GGUF file', 'Give a file in the GGUF format, which llama.cpp reads.');
    const head = readGgufHead(fd, size);
    if (!head) throw fileFault(file, 'it is cut short or damaged', 'Copy or download it again.');
    return { head, size };
  } catch (cause) {
    if (isAtomaError(cause)) throw cause;
    // The system's error says nothing of where: it is not handed on, or it would pass for one of the program's own files.
    throw fileFault(file, (cause as Error).message, 'Check the path and its permissions.');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

/**
 * Refuses what is no readable GGUF file of a language model, or, with its weights, larger than the memory that is free.
 * Throws `ENGINE_MODEL_FILE`.
 */
export const checkModelFile = (file: string, withWeights = true): GgufHead => {
  const { head, size } = headOf(file);
  const unfit = unfitOf(head, withWeights);
  if (unfit) throw fileFault(file, ...unfit);
  if (withWeights && size > freemem())
    throw fileFault(
      file,
      `it has ${size} bytes and this machine has ${freemem()} bytes of memory free`,
      'Use a smaller or more quantised model, or free memory.',
    );
  return head;
};

/** Refuses to sell chats of a model that makes embeddings alone. Throws `ENGINE_MODEL_FILE`. */
export const checkRoles = (file: string, roles: readonly number[], architecture: unknown): void => {
  if (roles.includes(0) && encoders.has(String(architecture)))
    throw fileFault(
      file,
      `it makes embeddings alone (${architecture})`,
      'Sell them: roles: [1] beside file: in node.yaml.',
    );
};

/** Longest name of a model on chain, bytes. */
const MOST_NAME = 128;

const isName = (name: unknown): name is string =>
  typeof name === 'string' && /^[^\p{C}@]+$/u.test(name) && Buffer.byteLength(name) <= MOST_NAME;

/** The name a model is sold under unless another is given: the file's own where that can be one, else the file's name. */
export const nameOf = (file: string, own: unknown): string => {
  if (isName(own)) return own;
  const name = basename(file).replace(/\.gguf$/i, '');
  return isName(name) ? name : 'model';
};

/** Precision of the weights by the file's type, such as `MOSTLY_Q4_K_M`; undefined for types without such a name. */
export const quantizationOf = (type: string | undefined): string | undefined => {
  const [, float, bits] = /(BF16|F16|F32|FP4)|Q([2-68])(?:_|$)/.exec(type ?? '') ?? [];
  if (bits !== undefined) return `int${bits}`;
  return float && { BF16: 'bf16', F16: 'fp16', F32: 'fp32', FP4: 'fp4' }[float];
};

/** Reads what a model file says of itself. Throws `ENGINE_MODEL_FILE`. */
export const readModelFile = (file: string): { readonly name: string } => ({
  name: nameOf(file, checkModelFile(file).values.get('general.name')),
});
