/** From a body of `/v1/responses` to the chat body that asks the same. */

import { array, faceError, given, type Json, record, text, withOneSystem } from './client-json.ts';
import { customArguments, customFunction } from './custom-tools.ts';

/** Members that need a service behind the model; nothing here can stand in for it. */
const unsupported: readonly string[] = ['background', 'conversation', 'prompt'];

const partOf = (value: unknown, param: string): Json | undefined => {
  const part = record(value);
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: text(part.text) };
    case 'refusal':
      return { type: 'refusal', refusal: text(part.refusal) };
    case 'input_image':
      if (typeof part.image_url !== 'string') throw faceError('UNSUPPORTED', { param, why: 'send image_url' });
      return { type: 'image_url', image_url: given({ url: part.image_url, detail: part.detail }) };
    case 'input_file':
      if (typeof part.file_data !== 'string') throw faceError('UNSUPPORTED', { param, why: 'send file_data' });
      return { type: 'file', file: given({ file_data: part.file_data, filename: part.filename }) };
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio };
    default:
      throw faceError('BODY', { param, why: `${text(part.type) || 'what has no type'} is not a part` });
  }
};

/** One text stays a text: many templates take nothing else. */
const contentOf = (value: unknown, param: string): unknown => {
  if (typeof value === 'string') return value;
  const parts = array(value).map((part, i) => partOf(part, `${param}.${i}`));
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' ? only.text : parts;
};

const outputText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? value.map((part) => text(record(part).text)).join('')
      : JSON.stringify(value ?? '');

/** What a tool gave besides text: images and files, which only the user's turn can hold. */
const outputMedia = (value: unknown, param: string): readonly Json[] =>
  array(value).flatMap((part, i) => {
    const { type } = record(part);
    const isMedia = type === 'input_image' || type === 'input_file';
    return isMedia ? [partOf(part, `${param}.${i}`) as Json] : [];
  });

const reasoningText = (item: Json): string =>
  [...array(item.content), ...(array(item.content).length > 0 ? [] : array(item.summary))]
    .map((part) => text(record(part).text))
    .join('');

/** Chat messages of input items: thoughts and calls that follow each other belong to one message of the assistant. */
const messagesOf = (items: readonly unknown[]): readonly Json[] => {
  const out: Record<string, unknown>[] = [];
  const assistant = (): Record<string, unknown> => {
    const last = out.at(-1);
    if (last?.role === 'assistant') return last;
    const made = { role: 'assistant', content: null };
    out.push(made);
    return made;
  };
  /** What tools gave waits until the answers to all calls are there: those follow the calls at once. */
  const media: Json[] = [];
  const showMedia = (): void => {
    if (media.length > 0) out.push({ role: 'user', content: media.splice(0) });
  };
  items.forEach((value, at) => {
    const item = record(value);
    const param = `input.${at}`;
    if (!text(item.type).endsWith('_call_output')) showMedia();
    switch (item.type ?? 'message') {
      case 'message': {
        const role = item.role === 'developer' ? 'system' : text(item.role);
        const content = contentOf(item.content, `${param}.content`);
        const last = out.at(-1);
        if (role === 'assistant' && last?.role === 'assistant' && last.content === null && !last.tool_calls)
          last.content = content;
        else out.push({ role, content });
        return;
      }
      case 'reasoning': {
        const thought = reasoningText(item);
        if (thought !== '') out.push({ role: 'assistant', content: null, reasoning_content: thought });
        return;
      }
      case 'function_call':
      case 'custom_tool_call': {
        const custom = item.type === 'custom_tool_call';
        const call = {
          name: text(item.name),
          arguments: custom ? customArguments(text(item.input)) : text(item.arguments),
        };
        const message = assistant();
        message.tool_calls = [
          ...array(message.tool_calls),
          { id: text(item.call_id), type: 'function', function: call },
        ];
        return;
      }
      case 'function_call_output':
      case 'custom_tool_call_output':
        out.push({ role: 'tool', tool_call_id: text(item.call_id), content: outputText(item.output) });
        media.push(...outputMedia(item.output, `${param}.output`));
        return;
      case 'item_reference':
        throw faceError('UNSUPPORTED', { param, why: 'send the item itself, or previous_response_id' });
      default: // what other services left behind says nothing to this model
    }
  });
  showMedia();
  return out;
};

const toolsOf = (value: unknown): readonly Json[] =>
  array(value)
    .map(record)
    .filter(({ type }) => type === 'function' || type === 'custom')
    .map((tool) => {
      const { type, name, description, parameters, strict } = tool;
      return type === 'custom'
        ? customFunction(tool)
        : { type: 'function', function: given({ name, description, parameters, strict }) };
    });

const choiceOf = (value: unknown): unknown => {
  if (typeof value === 'string') return value;
  const choice = record(value);
  if (choice.type === 'function' || choice.type === 'custom')
    return { type: 'function', function: { name: choice.name } };
  return choice.type === 'allowed_tools' ? choice.mode : undefined;
};

const formatOf = (value: unknown): unknown => {
  const format = record(record(value).format);
  if (format.type === 'json_object') return { type: 'json_object' };
  if (format.type !== 'json_schema') return undefined;
  const { name, description, schema, strict } = format;
  return { type: 'json_schema', json_schema: given({ name, description, schema, strict }) };
};

/** The conversation a body asks to go on with, as chat messages, without instructions. */
export const inputMessages = (body: Json): readonly Json[] =>
  typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : messagesOf(array(body.input));

/** The chat body. Tools of kinds that only their own service has are never offered to the model. Throws `FACE_*`. */
export const responsesToChat = (body: Json, before: readonly Json[] = []): Json => {
  const param = unsupported.find((name) => body[name] !== undefined && body[name] !== null && body[name] !== false);
  if (param !== undefined) throw faceError('UNSUPPORTED', { param, why: 'it needs a service behind the model' });
  const instructions = text(body.instructions);
  const messages = [
    ...(instructions === '' ? [] : [{ role: 'system', content: instructions }]),
    ...before,
    ...inputMessages(body),
  ];
  if (messages.length === 0) throw faceError('BODY', { param: 'input', why: 'it is empty' });
  const tools = toolsOf(body.tools);
  const wantsLogprobs = array(body.include).includes('message.output_text.logprobs') || body.top_logprobs != null;
  return given({
    model: body.model,
    provider: body.provider,
    messages: withOneSystem(messages),
    max_completion_tokens: body.max_output_tokens,
    temperature: body.temperature,
    top_p: body.top_p,
    reasoning_effort: record(body.reasoning).effort,
    response_format: formatOf(body.text),
    ...(tools.length === 0
      ? {}
      : { tools, tool_choice: choiceOf(body.tool_choice), parallel_tool_calls: body.parallel_tool_calls }),
    ...(wantsLogprobs ? { logprobs: true, top_logprobs: body.top_logprobs } : {}),
    ...(body.stream === true ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
};
