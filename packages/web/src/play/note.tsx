/** What an answer cost and whether its receipt holds. */
import type { Content } from '@atoma/sdk';
import type { JSX } from 'preact';
import type { PageProps } from '../pages/props.ts';
import { Small } from '../parts.tsx';
import type { Proof, Verdict } from './check.ts';

/** Checks an answer; a verdict also where no receipt came. */
export const verdictOn = async (
  from: Pick<PageProps, 'reads' | 'atoma'>,
  content: Content | null,
  proof: Proof | null,
): Promise<Verdict> => {
  if (!content || !proof) return { good: false, words: 'no receipt came with this answer', stack: null };
  const { checkAnswer } = await import('./check.ts');
  return checkAnswer(from, content, proof);
};

/** The verdict as a line. */
export const Note = ({ of }: { readonly of: Verdict }): JSX.Element => (
  <p class={of.good ? 'good' : 'bad'} role="status">
    {of.words}
    {of.stack !== null && (
      <>
        {' ('}
        <Small kind="stack" of={of.stack} />)
      </>
    )}
  </p>
);
