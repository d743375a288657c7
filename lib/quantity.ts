const SUFFIXES: { readonly [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^(\d{1,15}(?:\.\d{1,9})?)([numkMGTPE]|[KMGTPE]i|)$/;

/**
 * The value of a Kubernetes quantity in its base unit: cores for CPU, bytes for memory.
 * Covers what people write in manifests (`250m`, `0.5`, `512Mi`); the exponent form is refused.
 *
 * @returns `undefined` for a text that is not a quantity
 */
export function parseQuantity(text: string): number | undefined {
  const match = QUANTITY.exec(String(text));
  return match ? Number(match[1]) * SUFFIXES[match[2]!]! : undefined;
}
