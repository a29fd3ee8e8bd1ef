/** Traces of a command, where OpenTelemetry's environment variables name a collector. Loaded only then. */
import { setTracer } from '@atoma/base';
import { openOtlpTracer, otlpTarget, wantsTraces } from '@atoma/base/otlp';

/** Starts them; gives what ends them. Throws TRACE_BAD_ENDPOINT, TRACE_BAD_HEADERS. */
export const startTracing = async (
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly (() => Promise<void>)[]> => {
  if (!wantsTraces(env)) return [];
  const tracer = openOtlpTracer(otlpTarget(env));
  setTracer(tracer);
  return [
    async () => {
      setTracer(undefined);
      await tracer.close();
    },
  ];
};
