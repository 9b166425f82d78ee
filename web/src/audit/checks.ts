/** Checks for leaks, as an audit writes them: `C14 AMBER: sentence`. */

export interface Check {
  readonly severity: string;
  /** Without the severity, where the check was not run: `C05: no store of tensors`. */
  readonly words: string;
}

const WRITTEN = /^(\S+) (RED|AMBER|NOT RUN|GREEN): (?:not run: )?(.*)$/s;

/** What kind of finding a sentence is; one that is not written so is taken as the worst. */
export function checkOf(sentence: string): Check {
  const [, id, severity, rest] = WRITTEN.exec(sentence) ?? [];
  return severity ? { severity, words: `${id}: ${rest}` } : { severity: "RED", words: sentence };
}
