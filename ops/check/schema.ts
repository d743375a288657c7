import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import customResources from './schemas/custom-resources.json';
import newest from './schemas/kubernetes-newest.json';
import oldest from './schemas/kubernetes-oldest.json';

/** A file that `npm run import:schemas` writes. */
interface Schemas {
  /** Whose schemas these are, such as `Kubernetes 1.30.14`. */
  readonly of: string;
  /** Names of definitions by `apiVersion kind`. */
  readonly kinds: { readonly [kind: string]: string };
  readonly definitions: object;
}

/** The oldest Kubernetes that is promised and the newest: an object must be good for both. */
const SCHEMAS: readonly (Schemas & { readonly name: string })[] = [
  { name: 'kubernetes-oldest', ...oldest },
  { name: 'kubernetes-newest', ...newest },
  { name: 'custom-resources', ...customResources },
];

// Patterns are of Go, which has no mode for Unicode; formats and defaults are no faults.
const ajv = new Ajv({
  strict: false,
  allErrors: true,
  unicodeRegExp: false,
  // To compile costs more than to judge, as each test file judges few objects; npm run import:schemas made the schemas.
  code: { optimize: false },
  inlineRefs: false,
  validateSchema: false,
});
for (const { name, definitions } of SCHEMAS) ajv.addSchema({ $id: name, definitions });

/** Every kind that has a schema here, as `apiVersion kind`. */
export const schemaKinds: readonly string[] = [
  ...new Set(SCHEMAS.flatMap(({ kinds }) => Object.keys(kinds))),
];

/**
 * What an API server with strict field validation would refuse in an object: values that its schema does not allow
 * and fields that it does not know, in the oldest and in the newest Kubernetes. Empty for a good object.
 */
export function schemaFaults(object: {
  readonly apiVersion: string;
  readonly kind: string;
}): string[] {
  const kind = `${object.apiVersion} ${object.kind}`;
  if (!schemaKinds.includes(kind))
    return [`${kind} has no schema here, expected one of ${schemaKinds.join(', ')}`];
  return knownFaults(object);
}

/** The same, of an object whose kind has a schema here; of another one nothing is known. */
export function knownFaults(object: {
  readonly apiVersion: string;
  readonly kind: string;
}): string[] {
  const kind = `${object.apiVersion} ${object.kind}`;
  const judges = SCHEMAS.flatMap(({ name, of, kinds }) =>
    kinds[kind] === undefined ? [] : [{ of, validate: validator(name, kinds[kind]) }],
  );
  if (judges.length === 0) return [];
  const found = judges.map(({ of, validate }) => ({
    of,
    faults: faultsOf(validate, object, kind),
  }));
  const everywhere = found[0]!.faults.filter((fault) =>
    found.every(({ faults }) => faults.includes(fault)),
  );
  const somewhere = found.flatMap(({ of, faults }) =>
    faults.filter((fault) => !everywhere.includes(fault)).map((fault) => `${fault} in ${of}`),
  );
  return [...everywhere, ...somewhere];
}

function validator(file: string, definition: string): ValidateFunction {
  return ajv.getSchema(`${file}#/definitions/${definition}`)!;
}

function faultsOf(validate: ValidateFunction, object: unknown, kind: string): string[] {
  if (validate(object)) return [];
  return [...new Set(validate.errors!.map((error) => sentence(error, kind)))];
}

function sentence({ instancePath, keyword, params, message }: ErrorObject, kind: string): string {
  const at = instancePath.split('/').slice(1);
  if (keyword === 'additionalProperties')
    return `${[...at, params.additionalProperty].join('.')} is not a field of ${kind}`;
  if (keyword === 'required') return `${[...at, params.missingProperty].join('.')} is missing`;
  const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : '';
  return `${at.join('.') || kind} ${message}${allowed}`;
}
