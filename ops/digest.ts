/** Digests as people compare them: with their first 12 hex digits. */
export function shortDigests(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
}
