/** What can be known of a model file before it is loaded. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { basename } from 'node:path';
import { engineError } from '../errors.ts';
import { loadLibrary } from './library.ts';

/** Context of a model that was trained on more. */
export const MOST_CONTEXT = 8_192;

const MAGIC = 'GGUF';
/** Magic, version, and the counts of tensors and of metadata. */
const HEAD_BYTES = 24;

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

const readHead = (file: string): Buffer => {
  const fd = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
};

/** Refuses what is no readable GGUF file, or, with its weights, larger than the memory that is free. Throws `ENGINE_MODEL_FILE`. */
export const checkModelFile = (file: string, withWeights = true): void => {
  let size: number;
  let head: Buffer;
  try {
    size = statSync(file).size;
    head = readHead(file);
  } catch (cause) {
    throw fileFault(file, (cause as Error).message, 'Check the path and its permissions.', cause);
  }
  if (head.subarray(0, MAGIC.length).toString('latin1') !== MAGIC)
    throw fileFault(file, 'it is no GGUF file', 'Give a file in the GGUF format, which llama.cpp reads.');
  if (head.length < HEAD_BYTES) throw fileFault(file, 'it is cut short', 'Copy or download it again.');
  if (withWeights && size > freemem())
    throw fileFault(
      file,
      `it has ${size} bytes and this machine has ${freemem()} bytes of memory free`,
      'Use a smaller or more quantised model, or free memory.',
    );
};

/** The name a model is sold under unless another is given: the file's own, else the file's name. */
export const nameOf = (file: string, own: string | undefined): string => own || basename(file).replace(/\.gguf$/i, '');

/** Precision of the weights by the file's type, such as `MOSTLY_Q4_K_M`; undefined for types without such a name. */
export const quantizationOf = (type: string | undefined): string | undefined => {
  const [, float, bits] = /(BF16|F16|F32|FP4)|Q([2-68])(?:_|$)/.exec(type ?? '') ?? [];
  if (bits !== undefined) return `int${bits}`;
  return float && { BF16: 'bf16', F16: 'fp16', F32: 'fp32', FP4: 'fp4' }[float];
};

/** Reads what a model file says of itself. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const readModelFile = async (file: string): Promise<{ readonly name: string }> => {
  checkModelFile(file);
  const { readGgufFileInfo } = await loadLibrary();
  try {
    const { metadata } = await readGgufFileInfo(file, { readTensorInfo: false, logWarnings: false });
    return { name: nameOf(file, metadata.general.name) };
  } catch (cause) {
    throw fileFault(file, (cause as Error).message, 'Copy or download it again.', cause);
  }
};
