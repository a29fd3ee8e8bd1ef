/** One error of a catalogue. */
export interface ErrorPage {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
}
/** Every error that the catalogues of the sources name, by its code. */
export declare const errorPages: () => readonly ErrorPage[];
