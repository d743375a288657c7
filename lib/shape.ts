import type { Construct } from 'constructs';
import { fault } from './checks';
import { nearest } from './nearest';

/** One fault of a shape. */
export interface ShapeFault {
  readonly message: string;
  /** False for a key too many, with which a construct can still be built. */
  readonly fatal: boolean;
}

/**
 * What a value may be. TypeScript checks the same before anything runs, but neither JavaScript nor a
 * bundler does. `T` is exact in both directions: a table that lacks a prop, or has it of another kind,
 * does not compile.
 */
export interface Shape<T> {
  /** The faults of a value; each message starts with `path`. */
  readonly faults: (path: string, value: unknown) => ShapeFault[];
  /** Never there: it makes `T` exact. */
  readonly exactly?: (value: T) => T;
}

/** One entry for each prop of `T`, none left out. */
export type Shapes<T> = { readonly [K in keyof T]-?: Shape<T[K]> };

/** Thrown by a construct that cannot be built from its props; the message has one validation error a line. */
export class PropsError extends Error {
  override readonly name = 'PropsError';
}

const join = (path: string, key: string | number) => (path === '' ? String(key) : `${path}.${key}`);

function wrong(path: string, value: unknown, expected: string): ShapeFault[] {
  const message =
    value === undefined
      ? `${path || 'the value'} is missing, expected ${expected}; add it`
      : fault(path || 'the value', 'is of the wrong kind', value, expected, 'correct it');
  return [{ message, fatal: true }];
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function leaf<T>(expected: string, good: (value: unknown) => boolean): Shape<T> {
  return { faults: (path, value) => (good(value) ? [] : wrong(path, value, expected)) };
}

/** Any text. */
export const text: Shape<string> = leaf('a text', (value) => typeof value === 'string');

/** Any number; its range is the business of its own rule. */
export const number: Shape<number> = leaf('a number', (value) => typeof value === 'number');

/** `true` or `false`. */
export const flag: Shape<boolean> = leaf('true or false', (value) => typeof value === 'boolean');

/** Any object, such as a construct or a dictionary whose entries have a rule of their own. */
export function anything<T>(expected = 'an object'): Shape<T> {
  return leaf(expected, (value) => typeof value === 'object' && value !== null);
}

/** A text out of few, which a rule of its own names when it refuses another. */
export function word<T extends string>(): Shape<T> {
  return leaf('a text', (value) => typeof value === 'string');
}

/** One of a few texts. */
export function oneOf<const T extends string>(...values: readonly T[]): Shape<T> {
  return {
    faults: (path, value) => {
      if ((values as readonly unknown[]).includes(value)) return [];
      const meant = typeof value === 'string' ? nearest(value, values) : undefined;
      if (typeof value !== 'string' || meant === undefined)
        return wrong(path, value, values.join(' or '));
      const message = fault(
        path,
        'is unknown',
        value,
        values.join(' or '),
        `did you mean ${meant}?`,
      );
      return [{ message, fatal: true }];
    },
  };
}

/** What may be left out. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return { faults: (path, value) => (value === undefined ? [] : shape.faults(path, value)) };
}

/** A list of one shape. */
export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    faults: (path, value) =>
      Array.isArray(value)
        ? value.flatMap((entry, index) => shape.faults(join(path, index), entry))
        : wrong(path, value, 'a list'),
  };
}

/** Values by names that are free, such as labels. */
export function dictionary<T>(shape: Shape<T>): Shape<{ readonly [key: string]: T }> {
  return {
    faults: (path, value) =>
      isObject(value)
        ? Object.entries(value).flatMap(([key, entry]) => shape.faults(join(path, key), entry))
        : wrong(path, value, 'an object'),
  };
}

/** An object with these keys and no others. */
export function object<T>(shapes: Shapes<T>): Shape<T> {
  const known = Object.keys(shapes);
  return {
    faults: (path, value) => {
      if (!isObject(value)) return wrong(path, value, `an object with ${known.join(', ')}`);
      return [
        ...unknownKeys(value, known).map((key) => ({
          message: unknownKey(join(path, key), key, known),
          fatal: false,
        })),
        ...known.flatMap((key) =>
          (shapes as unknown as { readonly [key: string]: Shape<unknown> })[key]!.faults(
            join(path, key),
            value[key],
          ),
        ),
      ];
    },
  };
}

/** An object whose other keys depend on one of them. */
export function variant<K extends string, T extends { readonly [key in K]: string }>(
  tag: K,
  shapes: { readonly [V in T[K]]: Shape<Extract<T, { readonly [key in K]: V }>> },
): Shape<T> {
  const byValue = shapes as unknown as { readonly [value: string]: Shape<T> };
  const values = Object.keys(byValue);
  return {
    faults: (path, value) => {
      if (!isObject(value))
        return wrong(path, value, `an object with ${tag}: ${values.join(' or ')}`);
      const chosen = value[tag];
      return typeof chosen === 'string' && Object.hasOwn(byValue, chosen)
        ? byValue[chosen]!.faults(path, value)
        : oneOf(...values).faults(join(path, tag), chosen);
    },
  };
}

/** One of two objects that no key tells apart; faults are those of the one that it is more like. */
export function either<A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> {
  return {
    faults: (path, value) => {
      const [a, b] = [one.faults(path, value), other.faults(path, value)];
      const near = (found: readonly ShapeFault[]) =>
        found.length - (found.some(({ message }) => message.endsWith('?')) ? 0.5 : 0);
      return near(b) < near(a) ? b : a;
    },
  };
}

/** The sentence about a key that nobody knows, with the one that was probably meant. */
export function unknownKey(path: string, key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `${path} is not a known key, expected one of ${known.join(', ')}; remove it or correct its spelling`
    : `${path} is not a known key; did you mean ${meant}?`;
}

function unknownKeys(value: object, known: readonly string[]): string[] {
  return Object.entries(value)
    .filter(([key, entry]) => entry !== undefined && !known.includes(key))
    .map(([key]) => key);
}

/** The props of `props` that a table names. */
export function pick<T>(shapes: Shapes<T>, props: T): T {
  return Object.fromEntries(
    Object.entries(props as object).filter(([key]) => Object.hasOwn(shapes, key)),
  ) as T;
}

/**
 * Checks the props of a construct: a key that it does not know is a fault that cdk8s reports with all others.
 *
 * @throws PropsError when one is missing or of another kind, which TypeScript would have refused
 */
export function checkProps<T>(construct: Construct, shapes: Shapes<T>, props: T): void {
  const faults = object(shapes).faults('', props);
  if (faults.length === 0) return;
  const messages = faults.map(({ message }) => message);
  if (faults.some(({ fatal }) => fatal))
    throw new PropsError(messages.map((one) => `${construct.node.path}: ${one}`).join('\n'));
  construct.node.addValidation({ validate: () => messages });
}
