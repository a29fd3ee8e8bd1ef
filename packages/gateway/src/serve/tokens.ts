/** Tokens of a prompt before it is bought, by a common tokenizer: an estimate, for each model has its own. */

/** Tokens chat templates put around each message. */
const TEMPLATE_TOKENS = 4;
type Json = Readonly<Record<string, unknown>>;

const textsOf = (content: unknown): readonly string[] => {
  if (typeof content === 'string') return [content];
  const parts = Array.isArray(content) ? (content as readonly Json[]) : [];
  return parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
};

/** Tokens of the messages and tools of a chat body. */
export const countTokens = async (chat: Json): Promise<number> => {
  const { countTokens: count } = await import('gpt-tokenizer/encoding/o200k_base');
  const tokens = (text: string): number => count(text, { disallowedSpecial: new Set() });
  const messages = (Array.isArray(chat.messages) ? chat.messages : []) as readonly Json[];
  const beside = [chat.tools, chat.response_format].filter((each) => each !== undefined);
  return messages.reduce(
    (sum, { content, ...rest }) => {
      const own = textsOf(content).reduce((all, text) => all + tokens(text), 0);
      const calls = rest.tool_calls === undefined ? 0 : tokens(JSON.stringify(rest.tool_calls));
      return sum + own + calls + TEMPLATE_TOKENS;
    },
    beside.reduce((sum: number, each) => sum + tokens(JSON.stringify(each)), 0),
  );
};
