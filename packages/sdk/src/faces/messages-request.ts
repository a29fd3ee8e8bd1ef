/** From a body of Anthropic's `/v1/messages` to the chat body that asks the same. */
import { array, faceError, given, type Json, record, text, withOneSystem } from './client-json.ts';

const blocksOf = (content: unknown): readonly Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : array(content).map(record);

const systemText = (system: unknown): string =>
  blocksOf(system)
    .map((block) => text(block.text))
    .join('\n');

const sourceUrl = (source: Json, param: string): string => {
  if (source.type === 'base64') return `data:${text(source.media_type)};base64,${text(source.data)}`;
  if (source.type === 'url') return text(source.url);
  throw faceError('UNSUPPORTED', { param, why: 'send the data itself as base64' });
};

/** A block as a part of a chat message; undefined: it says nothing to this model. */
const partOf = (block: Json, param: string): Json | undefined => {
  const source = record(block.source);
  switch (block.type) {
    case 'text':
      return { type: 'text', text: text(block.text) };
    case 'image':
      return { type: 'image_url', image_url: { url: sourceUrl(source, `${param}.source`) } };
    case 'document':
      if (source.type === 'text') return { type: 'text', text: text(source.data) };
      if (source.type === 'content') return { type: 'text', text: systemText(source.content) };
      return {
        type: 'file',
        file: given({ file_data: sourceUrl(source, `${param}.source`), filename: block.title }),
      };
    case 'search_result':
      return { type: 'text', text: [text(block.title), systemText(block.content)].join('\n') };
    default:
      return undefined;
  }
};

const joined = (parts: readonly Json[]): unknown =>
  parts.length === 1 && parts[0]?.type === 'text' ? parts[0].text : parts;

/** A turn of the user: results of tools come first, each a message of its own; their images stay with the user's. */
const userMessages = (blocks: readonly Json[], param: string): readonly Json[] => {
  const results: Json[] = [];
  const parts: Json[] = [];
  blocks.forEach((block, i) => {
    const here = `${param}.${i}`;
    if (block.type !== 'tool_result') {
      const part = partOf(block, here);
      if (part) parts.push(part);
      return;
    }
    const inner = blocksOf(block.content).map((each, at) => partOf(each, `${here}.content.${at}`));
    const told = inner.flatMap((part) => (part?.type === 'text' ? [text(part.text)] : [])).join('\n');
    const content = block.is_error === true ? `Error: ${told}` : told;
    results.push({ role: 'tool', tool_call_id: text(block.tool_use_id), content });
    parts.push(...inner.filter((part): part is Json => part !== undefined && part.type !== 'text'));
  });
  return [...results, ...(parts.length === 0 ? [] : [{ role: 'user', content: joined(parts) }])];
};

const assistantMessage = (blocks: readonly Json[]): Json => {
  const said = blocks.flatMap((block) => (block.type === 'text' ? [text(block.text)] : [])).join('');
  const thought = blocks.flatMap((block) => (block.type === 'thinking' ? [text(block.thinking)] : [])).join('');
  const calls = blocks
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }) => ({
      id: text(id),
      type: 'function',
      function: { name: text(name), arguments: JSON.stringify(input ?? {}) },
    }));
  return {
    role: 'assistant',
    content: said === '' && calls.length > 0 ? null : said,
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
};

/** Tools the model can be told of; those that run at their own service are never offered. */
const toolsOf = (value: unknown): readonly Json[] =>
  array(value)
    .map(record)
    .filter(
      ({ type, input_schema }) =>
        (type === undefined || type === null || type === 'custom') && input_schema !== undefined,
    )
    .map(({ name, description, input_schema }) => ({
      type: 'function',
      function: given({ name, description, parameters: input_schema }),
    }));

const choiceOf = (value: unknown): unknown => {
  const { type, name } = record(value);
  if (type === 'any') return 'required';
  if (type === 'tool') return { type: 'function', function: { name } };
  return type === 'auto' || type === 'none' ? type : undefined;
};

const formatOf = (body: Json): unknown => {
  const format = record(record(body.output_config).format ?? body.output_format);
  return format.type === 'json_schema'
    ? { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema } }
    : undefined;
};

/** The chat body. Hints to caches, thinking budgets and beta features are no part of it. Throws `FACE_*`. */
export const messagesToChat = (body: Json, before: readonly Json[] = []): Json => {
  const system = systemText(body.system);
  const turns = array(body.messages).flatMap((value, at): readonly Json[] => {
    const message = record(value);
    const blocks = blocksOf(message.content);
    if (message.role === 'assistant') return [assistantMessage(blocks)];
    if (message.role === 'system') return [{ role: 'system', content: systemText(message.content) }];
    if (message.role !== 'user')
      throw faceError('BODY', { param: `messages.${at}.role`, why: 'use user or assistant' });
    return userMessages(blocks, `messages.${at}.content`);
  });
  if (turns.length === 0) throw faceError('BODY', { param: 'messages', why: 'it is empty' });
  const tools = toolsOf(body.tools);
  const stop = array(body.stop_sequences);
  const choice = record(body.tool_choice);
  return given({
    model: body.model,
    provider: body.provider,
    messages: withOneSystem([...(system === '' ? [] : [{ role: 'system', content: system }]), ...before, ...turns]),
    max_completion_tokens: body.max_tokens,
    temperature: body.temperature,
    top_p: body.top_p,
    top_k: body.top_k,
    stop: stop.length === 0 ? undefined : stop,
    response_format: formatOf(body),
    ...(tools.length === 0
      ? {}
      : {
          tools,
          tool_choice: choiceOf(choice),
          parallel_tool_calls: choice.disable_parallel_tool_use === true ? false : undefined,
        }),
    ...(body.stream === true ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
};
