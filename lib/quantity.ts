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

/** What a quantity counts, and what of it can be meant. */
export interface Unit {
  /** For messages, e.g. `an amount of CPU`. */
  readonly what: string;
  /** For messages. */
  readonly expected: string;
  /** Suffixes that fit. */
  readonly suffixes: readonly string[];
  /** Values must be whole multiples of it. */
  readonly step: 'thousandth' | 'one';
  readonly min: string;
  readonly max: string;
  /** What people mean who leave the suffix out, or write one that does not fit. */
  readonly meant: string;
}

const BYTES = ['', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti'];

function size(what: string, min: string, max: string, such = '256Mi'): Unit {
  const expected = `whole bytes from ${min} to ${max}, such as ${such}`;
  return { what, expected, suffixes: BYTES, step: 'one', min, max, meant: 'Mi' };
}

/**
 * The quantities of this library. Kubernetes takes far more: `512m` of memory is half a byte to it, and
 * `250` of CPU are 250 cores.
 */
export const UNITS = {
  /** Kubernetes counts in thousandths; one process of Node is never busy on more than a few cores. */
  cpu: {
    what: 'an amount of CPU',
    expected: 'cores from 1m to 16, such as 250m',
    suffixes: ['', 'm'],
    step: 'thousandth',
    min: '1m',
    max: '16',
    meant: 'm',
  },
  /** Below 4Mi container runtimes start nothing. */
  memory: size('an amount of memory', '4Mi', '64Gi'),
  /** Of a folder, or of all that a container writes. */
  storage: size('a size', '1Mi', '1Ti'),
  /** Of the body of a request; ingress-nginx takes it in whole kibibytes. */
  body: size('a size', '1Ki', '10Gi', '10Mi'),
} as const satisfies { readonly [unit: string]: Unit };

/** True for a quantity that can be meant. */
export function isGood(unit: Unit, text: string): boolean {
  const match = QUANTITY.exec(text);
  if (!match || !unit.suffixes.includes(match[2]!)) return false;
  const value = parseQuantity(text)!;
  return (
    value >= parseQuantity(unit.min)! &&
    value <= parseQuantity(unit.max)! &&
    isWhole(match[1]!, match[2]!, unit.step)
  );
}

/** Exact, where a product of fractions is not. */
function isWhole(number: string, suffix: string, step: Unit['step']): boolean {
  const [whole = '', fraction = ''] = number.split('.');
  const units = step === 'thousandth' ? (suffix === 'm' ? 1 : 1000) : SUFFIXES[suffix]!;
  return (BigInt(whole + fraction) * BigInt(units)) % 10n ** BigInt(fraction.length) === 0n;
}

/** The quantity that was probably meant by a text that is none, or that is out of all proportion. */
export function meantQuantity(unit: Unit, text: string): string | undefined {
  const [, number, letters = ''] = /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const letter = letters.charAt(0);
  const candidates =
    unit.step === 'thousandth'
      ? [...(/^c/i.test(letter) ? [number] : []), `${number}m`, number]
      : [
          // Half a byte is nothing that a person means; half a mebibyte may be.
          ...(/^[kgt]/i.test(letter) ? [`${number}${letter.toUpperCase()}i`] : []),
          `${number}${unit.meant}`,
          ...(Number(number) < 1024 ? [] : [`${Math.round(Number(number) / 1024)}${unit.meant}`]),
          ...nearestMebibytes(text),
        ];
  return candidates.find((candidate) => candidate !== text && isGood(unit, candidate));
}

function nearestMebibytes(text: string): string[] {
  const bytes = parseQuantity(text);
  return bytes === undefined ? [] : [`${Math.round(bytes / 2 ** 20)}Mi`];
}
