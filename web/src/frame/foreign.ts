/** Cut a sentence at its foreign parts: the odd pieces are foreign. */
export function cutAtForeign(sentence: string, foreign: readonly string[]): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  for (const part of foreign) {
    const at = part ? rest.indexOf(part) : -1;
    if (at < 0) continue;
    pieces.push(rest.slice(0, at), part);
    rest = rest.slice(at + part.length);
  }
  return [...pieces, rest];
}
