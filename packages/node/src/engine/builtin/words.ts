/** Reading English without Unicode tables, which differ between versions of a runtime: ASCII only, equal on every machine. */

/** ASCII letters in lower case; everything else as it is. */
export const asciiLower = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));

/** The words of a text in lower case: letters and digits, apostrophes dropped. */
export const wordsOf = (text: string): readonly string[] =>
  asciiLower(text.replace(/['’]/g, '')).match(/[a-z0-9]+/g) ?? [];

/** A word without the endings that English adds to it. */
export const stemOf = (word: string): string => {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith('ing')) return word.slice(0, -3);
  if (word.length > 4 && word.endsWith('es')) return word.slice(0, -1).replace(/e$/, '');
  if (word.length > 4 && word.endsWith('ed')) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1).replace(/e$/, '');
  return word.length > 3 ? word.replace(/e$/, '') : word;
};

/** A text that begins with a capital. */
export const capital = (text: string): string =>
  text.replace(/^[a-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) - 32));

/** A text in quotes within another: what is between the first pair. */
export const quotedIn = (text: string): string | undefined =>
  /"([^"]+)"|“([^”]+)”|`([^`]+)`|(?:^|[\s:(])'([^']+)'(?=$|[\s.,!?)])/
    .exec(text)
    ?.slice(1)
    .find((each) => each !== undefined);
