/** The tools as a server of the Model Context Protocol. */
import { record } from '@atoma/sdk';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { cliError } from '../kernel/cli-errors.ts';
import { toFailure } from '../kernel/failure.ts';
import { toJson } from '../kernel/output.ts';
import { version } from '../kernel/version.ts';
import { type Told, type ToolContext, tools } from './tools.ts';

const listed = [...tools].map(([name, { description, schema, spends }]) => ({
  name,
  description,
  inputSchema: z.toJSONSchema(schema, { io: 'input' }) as { type: 'object' },
  annotations: { readOnlyHint: !spends, destructiveHint: false, openWorldHint: true },
}));

const told = ({ texts, data }: Told): CallToolResult => ({
  content: texts.map((text) => ({ type: 'text', text })),
  structuredContent: record(JSON.parse(toJson(data))),
});

/** Makes a server for one session. `home` is the data directory, for errors about it. */
export const createMcpServer = (context: ToolContext, home: string): Server => {
  const server = new Server({ name: 'atoma', version: version() }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }): Promise<CallToolResult> => {
    try {
      const found = tools.get(params.name);
      if (!found)
        throw cliError('NOT_FOUND', {
          what: `tool ${params.name}`,
          network: 'this server',
          hint: `Its tools: ${[...tools.keys()].join(', ')}.`,
        });
      return told(await found.call(context, params.arguments ?? {}, signal));
    } catch (error) {
      const { code, message, hint, retryable } = await toFailure(error, home);
      return {
        isError: true,
        content: [{ type: 'text', text: `${message} [${code}]\n${hint}` }],
        structuredContent: { error: { code, message, hint, retryable } },
      };
    }
  });
  return server;
};
