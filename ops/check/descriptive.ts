/** Labels and annotations that only people and pictures read. */
const DESCRIPTIVE =
  /^([a-z0-9-]+|app\.kubernetes\.io\/.+|kubernetes\.io\/description|link\.argocd\.argoproj\.io\/.+)$/;

/** Whether a key is read by people alone. */
export function isDescriptive(key: string): boolean {
  return DESCRIPTIVE.test(key);
}
