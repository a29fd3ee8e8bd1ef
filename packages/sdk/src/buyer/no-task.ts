/** What is said of a model that nobody sells. */
import { type AtomaError, nearest } from '@atoma/base';
import { buyerError } from './buyer-errors.ts';
import type { BuyerContext } from './context.ts';

/** The error, with the models that are called almost so. */
export const noTask = async (context: BuyerContext, model: string, endpoint: string): Promise<AtomaError> => {
  const names = (await context.directory.tasks())
    .filter(({ deprecatedEpoch }) => deprecatedEpoch === null)
    .flatMap(({ modelName }) => (modelName === null || modelName === model ? [] : [modelName]));
  const close = nearest(model.slice(0, 128), [...new Set(names)]);
  const shown = close.length === 0 ? '' : `; the nearest: ${close.join(', ')}`;
  return buyerError('NO_TASK', { model, endpoint, nearest: shown, param: 'model' });
};
