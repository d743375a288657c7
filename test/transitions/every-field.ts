import newest from '../../ops/check/schemas/kubernetes-newest.json';
import customResources from '../../ops/check/schemas/custom-resources.json';
import type { Thing } from './tree';

type Path = readonly (string | number)[];

/** An edit of one field of an object. */
export interface FieldEdit {
  readonly path: Path;
  readonly how: 'removed' | 'changed' | 'added' | 'another order' | 'one more';
  /** The object after it. */
  readonly object: Thing;
}

/** A part of a schema. */
type Schema = Thing;

const FILES: { readonly [id: string]: Schema } = {
  'kubernetes-newest': newest,
  'custom-resources': customResources,
};

/**
 * Each field of an object taken away, changed, and each that its schema knows added: what somebody can do to it who
 * changes one thing.
 */
export function* everyFieldOf(object: Thing): Generator<FieldEdit> {
  for (const path of pathsOf(object)) yield* editsOf(object, path);
  const file = Object.keys(FILES).find(
    (id) => FILES[id].kinds[`${object.apiVersion} ${object.kind}`] !== undefined,
  );
  if (file === undefined) return;
  const { kinds, definitions } = FILES[file];
  yield* additions(object, [], file, definitions[kinds[`${object.apiVersion} ${object.kind}`]]);
}

function* pathsOf(value: Thing, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value))
    yield* pathsOf(value[key], [...path, Array.isArray(value) ? Number(key) : key]);
}

function* editsOf(object: Thing, path: Path): Generator<FieldEdit> {
  const value = path.reduce((at, key) => at[key], object);
  yield { path, how: 'removed', object: without(object, path) };
  for (const other of othersThan(value))
    yield { path, how: 'changed', object: set(object, path, other) };
  if (!Array.isArray(value) || value.length === 0) return;
  const [first] = structuredClone(value) as Thing[];
  if (typeof first?.name === 'string') first.name += '-x';
  yield { path, how: 'one more', object: set(object, path, [...value, first]) };
  if (value.length > 1)
    yield { path, how: 'another order', object: set(object, path, [...value].reverse()) };
}

/** Values that somebody may write in the place of one. */
function othersThan(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number')
    return [0, value + 1, value * 10, value * 1000, Math.floor(value / 10)].filter(
      (other) => other !== value,
    );
  if (typeof value !== 'string') return [];
  const amount = /^(\d+)(\D*)$/.exec(value);
  return [
    '',
    `${value}-x`,
    ...(amount
      ? [0.1, 10].map((times) => `${Math.floor(Number(amount[1]) * times)}${amount[2]}`)
      : []),
    ...(/blue|green/.test(value)
      ? [value.replace(/blue|green/, (colour) => (colour === 'blue' ? 'green' : 'blue'))]
      : []),
  ].filter((other) => other !== value);
}

/** Fields that the schema has and the object has not. */
function* additions(
  value: Thing,
  path: Path,
  file: string,
  part: Schema,
  whole = value,
): Generator<FieldEdit> {
  const [at, schema] = resolve(file, part);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      yield* additions(item, [...path, index], at, schema.items ?? {}, whole);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const [field, of] of Object.entries(schema.properties ?? {})) {
    if (field in value) yield* additions(value[field], [...path, field], at, of, whole);
    else
      for (const sample of samplesOf(at, of))
        yield {
          path: [...path, field],
          how: 'added',
          object: set(whole, [...path, field], sample),
        };
  }
  if (schema.properties === undefined)
    yield {
      path: [...path, 'example.com/new'],
      how: 'added',
      object: set(whole, [...path, 'example.com/new'], 'x'),
    };
}

/** Values that a schema allows, with as little in them as it asks for, and with each one of its fields. */
function samplesOf(file: string, part: Schema, depth = 0): unknown[] {
  const [at, schema] = resolve(file, part);
  if (schema.enum) return (schema.enum as string[]).filter((value) => value !== '');
  const type = [schema.type].flat().find((one) => one !== 'null');
  if (type === 'string') return ['x', '10'];
  if (type === 'integer' || type === 'number') return [1, 100];
  if (type === 'boolean') return [true];
  if (type === 'array')
    return samplesOf(at, schema.items ?? {}, depth + 1)
      .slice(0, 1)
      .map((one) => [one]);
  if (depth > 4 || (type !== 'object' && schema.properties === undefined)) return ['x'];
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const required = Object.fromEntries(
    fields
      .filter(([field]) => (schema.required ?? []).includes(field))
      .map(([field, of]) => [field, samplesOf(at, of, depth + 1)[0]]),
  );
  if (depth > 0) return [required];
  return [
    ...(fields.length === 0 ? [{ x: 'x' }] : [required]),
    ...fields
      .filter(([field]) => !(field in required))
      .map(([field, of]) => ({ ...required, [field]: samplesOf(at, of, depth + 1)[0] })),
  ].filter((sample) => Object.keys(sample).length > 0);
}

/** What a part of a schema refers to, and the file in which that is. */
function resolve(file: string, part: Schema): [string, Schema] {
  if (typeof part?.$ref === 'string') {
    const [id, pointer] = part.$ref.split('#/definitions/') as [string, string];
    return resolve(id || file, FILES[id || file].definitions[pointer]);
  }
  const first = part?.anyOf?.[0] ?? part?.oneOf?.[0];
  return first !== undefined && part.type === undefined ? resolve(file, first) : [file, part ?? {}];
}

function set(object: Thing, path: Path, value: unknown): Thing {
  const copy = structuredClone(object);
  path.slice(0, -1).reduce((at, key) => at[key], copy)[path.at(-1)!] = value;
  return copy;
}

function without(object: Thing, path: Path): Thing {
  const copy = structuredClone(object);
  const parent = path.slice(0, -1).reduce((at, key) => at[key], copy);
  if (Array.isArray(parent)) parent.splice(path.at(-1) as number, 1);
  else delete parent[path.at(-1)!];
  return copy;
}
