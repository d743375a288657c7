import { InvalidArgumentError } from 'commander';

/** Reads a number of a range from the command line; anything else is wrong usage. */
export function numberFrom(
  min: number,
  max: number,
  unit: 'seconds' | 'whole seconds' | 'a whole number',
): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    const good = value >= min && value <= max && (unit === 'seconds' || Number.isInteger(value));
    if (!good) throw new InvalidArgumentError(`expected ${unit} from ${min} to ${max}.`);
    return value;
  };
}
