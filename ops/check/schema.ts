import { Ajv, type ErrorObject } from 'ajv';
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
  // Errors say what was found.
  verbose: true,
  unicodeRegExp: false,
  // To compile costs more than to judge, as each command judges few objects; npm run import:schemas made the schemas.
  code: { optimize: false },
  inlineRefs: false,
  validateSchema: false,
});
const added = new Set<string>();

/** Adds the schemas of a file when they are asked for: to read all of them takes as long as a check. */
function add(file: string): void {
  if (added.has(file)) return;
  added.add(file);
  // Custom resources have the metadata of the others.
  if (file === 'custom-resources') add('kubernetes-newest');
  ajv.addSchema({ $id: file, definitions: SCHEMAS.find(({ name }) => name === file)!.definitions });
}

/** Every kind that has a schema here, as `apiVersion kind`. */
export const schemaKinds: readonly string[] = [
  ...new Set(SCHEMAS.flatMap(({ kinds }) => Object.keys(kinds))),
];

/** An object of any kind. */
interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * What an API server with strict field validation would refuse in an object: values that its schema does not allow
 * and fields that it does not know, in the oldest and in the newest Kubernetes. Empty for a good object.
 */
export function schemaFaults(object: Typed): string[] {
  const kind = kindOf(object);
  const found = judgesOf(kind).map((judge) => ({
    of: judge.of,
    faults: [...faultsOf(judge, object).values()],
  }));
  if (found.length === 0)
    return [`${kind} has no schema here, expected one of ${schemaKinds.join(', ')}`];
  const everywhere = found[0]!.faults.filter((fault) =>
    found.every(({ faults }) => faults.includes(fault)),
  );
  const somewhere = found.flatMap(({ of, faults }) =>
    faults.filter((fault) => !everywhere.includes(fault)).map((fault) => `${fault} in ${of}`),
  );
  return [...everywhere, ...somewhere];
}

/**
 * What every Kubernetes from the oldest to the newest would refuse, since who is to apply the object may have any of them.
 * Of a kind without a schema here nothing is known.
 */
export function faultsInEveryVersion(object: Typed): string[] {
  const [first, ...others] = [...judgesOf(kindOf(object))].reverse();
  if (first === undefined) return [];
  const faults = faultsOf(first, object);
  for (const judge of others) {
    // Most objects are good by the first.
    if (faults.size === 0) return [];
    const more = faultsOf(judge, object);
    for (const key of faults.keys()) if (!more.has(key)) faults.delete(key);
  }
  return [...faults.values()];
}

function kindOf({ apiVersion, kind }: Typed): string {
  return `${apiVersion} ${kind}`;
}

/** The schemas that know a kind, the oldest first. */
function judgesOf(kind: string): (typeof SCHEMAS)[number][] {
  return SCHEMAS.filter(({ kinds }) => kinds[kind] !== undefined);
}

/** What is wrong, by place and kind of fault: versions that allow different values say it differently. */
function faultsOf(judge: (typeof SCHEMAS)[number], object: Typed): Map<string, string> {
  const kind = kindOf(object);
  add(judge.name);
  const validate = ajv.getSchema(`${judge.name}#/definitions/${judge.kinds[kind]}`)!;
  if (validate(object)) return new Map();
  return new Map(
    validate.errors!.map((error) => {
      const { instancePath, keyword, params } = error;
      const field = (params.additionalProperty ?? params.missingProperty ?? '') as string;
      return [`${instancePath} ${keyword} ${field}`, sentence(error, kind)];
    }),
  );
}

/** Of what may be a number or a name: a number in quotes is neither. */
const NO_NUMBER = '\\D';

function sentence({ instancePath, keyword, params, message, data }: ErrorObject, kind: string) {
  const at = instancePath.split('/').slice(1);
  const where = at.join('.') || kind;
  switch (keyword) {
    case 'additionalProperties':
      return `${[...at, params.additionalProperty].join('.')} is not a field of ${kind}`;
    case 'required':
      return `${[...at, params.missingProperty].join('.')} is missing`;
    case 'enum': {
      const allowed = (params.allowedValues as string[]).filter((value) => value !== '');
      return `${where} is ${JSON.stringify(data)}, expected ${allowed.join(', ')}`;
    }
    case 'pattern':
      if (params.pattern === NO_NUMBER)
        return `${where} is the text ${JSON.stringify(data)}, expected the number ${data}`;
      // What does not decode in a Secret may be its value.
      return kind === 'v1 Secret'
        ? `${where} ${message}`
        : `${where} is ${JSON.stringify(data)}, which ${message}`;
    default:
      return `${where} ${message}`;
  }
}
