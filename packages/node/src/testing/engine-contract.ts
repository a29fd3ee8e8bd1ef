/** What every engine must do, streamed and whole. */
import { expect, test } from 'vitest';
import type { Delta, Engine, EngineEvent, EngineLimit, EngineRequest } from '../engine/types.ts';

/** A chat request of an engine test. */
export const chatRequest = (
  model: string,
  content: string,
  more: Partial<EngineRequest> & { body?: object } = {},
): EngineRequest => {
  const { body, ...rest } = more;
  return {
    endpoint: '/v1/chat/completions',
    model,
    file: null,
    seed: 1,
    n: 1,
    stream: false,
    ...rest,
    body: { model, messages: [{ role: 'user', content }], ...body },
  };
};

/** Everything an engine produces. */
export const collect = async (
  engine: Engine,
  request: EngineRequest,
  limit: EngineLimit = { maxPerChoice: 400, cut: null },
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly EngineEvent[]> => {
  const events: EngineEvent[] = [];
  for await (const event of engine.run(request, limit, signal)) if (event.type !== 'accepted') events.push(event);
  return events;
};

/** The text of one choice. */
export const textOf = (events: readonly EngineEvent[], choice = 0): string =>
  events
    .filter((event): event is Delta => event.type === 'delta' && event.choice === choice)
    .map((event) => event.content ?? '')
    .join('');

/** Runs the contract; `engine()` serves `model` for chat. */
export const engineContract = (name: string, model: string, engine: () => Promise<Engine>): void => {
  test(`${name}: names its models`, async () => {
    const each = await engine();
    expect((await each.models()).map((served) => served.name)).toContain(model);
    expect(await each.health()).toMatchObject({ healthy: true });
    await each.close();
  });

  test(`${name}: measures a prompt without spending anything`, async () => {
    const each = await engine();
    const { prompt } = await each.measure(chatRequest(model, 'ping'));
    expect(prompt > 0n).toBe(true);
    expect((await each.measure(chatRequest(model, 'ping ping ping ping ping'))).prompt > prompt).toBe(true);
    await each.close();
  });

  test(`${name}: a stream and a whole answer have the same text, a finish, and usage`, async () => {
    const each = await engine();
    const whole = await collect(each, chatRequest(model, 'ping'));
    const streamed = await collect(each, chatRequest(model, 'ping', { stream: true }));
    expect(textOf(streamed)).toBe(textOf(whole));
    expect(textOf(whole)).not.toBe('');
    for (const events of [whole, streamed]) {
      expect(events.filter((event) => event.type === 'finish')).toHaveLength(1);
      expect(events.filter((event) => event.type === 'usage')).toHaveLength(1);
    }
    await each.close();
  });

  test(`${name}: never produces more than the limit`, async () => {
    const each = await engine();
    const events = await collect(each, chatRequest(model, 'ping'), { maxPerChoice: 2, cut: null });
    const usage = events.find((event) => event.type === 'usage');
    expect(usage?.type === 'usage' && (usage.completion ?? 3n) <= 2n).toBe(true);
    await each.close();
  });

  test(`${name}: stops when aborted`, async () => {
    const each = await engine();
    const stop = new AbortController();
    const seen: EngineEvent[] = [];
    try {
      for await (const event of each.run(
        chatRequest(model, 'ping', { stream: true }),
        { maxPerChoice: 400, cut: null },
        stop.signal,
      )) {
        seen.push(event);
        stop.abort();
      }
    } catch {
      expect(stop.signal.aborted).toBe(true);
    }
    expect(seen.some((event) => event.type === 'usage')).toBe(false);
    await each.close();
  });
};
