// Writes the schemas that the tests judge manifests by into ops/check/schemas: npm run import:schemas -- --crds DIR
// Kubernetes' own are of the two versions that e2e/cluster pins, the oldest promised and the newest; Go brings them, as
// it brings their sources to `npm run e2e`. Those of custom resources come from a folder with CRDs.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const SCHEMAS = join(ROOT, 'ops/check/schemas');
/** Modules in e2e/cluster. */
const KUBERNETES = { oldest: 'kubernetes-oldest', newest: 'kubernetes' };
/** What is rendered, by name in Kubernetes' own document. */
const KINDS = [
  ...['ConfigMap', 'Namespace', 'PersistentVolumeClaim', 'ResourceQuota', 'Secret', 'Service'].map(
    (kind) => `io.k8s.api.core.v1.${kind}`,
  ),
  'io.k8s.api.core.v1.ServiceAccount',
  'io.k8s.api.core.v1.Pod',
  ...['Deployment', 'DaemonSet', 'StatefulSet'].map((kind) => `io.k8s.api.apps.v1.${kind}`),
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  ...['Job', 'CronJob'].map((kind) => `io.k8s.api.batch.v1.${kind}`),
  'io.k8s.api.networking.v1.Ingress',
  'io.k8s.api.networking.v1.NetworkPolicy',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
];
/** Custom resources that are rendered, and the version that is. */
const CRDS = {
  'argoproj.io_applications': 'v1alpha1',
  'argoproj.io_applicationsets': 'v1alpha1',
  'argoproj.io_appprojects': 'v1alpha1',
  'cert-manager.io_certificates': 'v1',
  'external-secrets.io_externalsecrets': 'v1',
  'gateway.envoyproxy.io_backendtrafficpolicies': 'v1alpha1',
  'gateway.networking.k8s.io_httproutes': 'v1',
  'gateway.networking.k8s.io_referencegrants': 'v1',
  'monitoring.coreos.com_probes': 'v1',
  'monitoring.coreos.com_prometheusrules': 'v1',
  'monitoring.coreos.com_servicemonitors': 'v1',
};
/** Generators of ApplicationSets hold each other, written out twice: a megabyte of which nothing is rendered. */
const FREE = new Set(['matrix', 'merge']);
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const ANY = [{ type: 'string' }, { type: 'number' }];

/** Go lets a part of a pattern ignore the case of letters, JavaScript does not. */
function pattern(text) {
  const [before, rest] = text.split('(?i)');
  if (rest === undefined) return text;
  return (
    before + rest.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
  );
}

const QUANTITY = String.raw`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$`;
/** What Go decodes from a text; the document says it as a format. */
const TEXTS = {
  'date-time': String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`,
  byte: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
};

/** A number, a share or the name of a port; the API server takes no number in quotes for any of them. */
const NUMBER_OR_NAME = { type: ['string', 'number'], pattern: String.raw`\D` };

/** As JSON Schema, with what an API server refuses in strict validation: fields that it does not know. */
function strict(schema) {
  if (schema.format === 'int-or-string') return NUMBER_OR_NAME;
  if (schema['x-kubernetes-int-or-string']) return { anyOf: ANY };
  const clean = {};
  if (schema.type === 'string' && TEXTS[schema.format]) clean.pattern = TEXTS[schema.format];
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') clean.$ref = value;
    else if (key === 'properties')
      clean.properties = Object.fromEntries(
        Object.entries(value).map(([name, field]) => [name, FREE.has(name) ? {} : strict(field)]),
      );
    else if (key === 'items') clean.items = strict(value);
    else if (key === 'additionalProperties' && typeof value === 'object')
      clean.additionalProperties = strict(value);
    else if (key === 'pattern') clean.pattern = pattern(value);
    // These say something of fields that are described beside them.
    else if (['allOf', 'anyOf', 'oneOf', 'not'].includes(key)) clean[key] = value;
    else if (!/^(description|default|format|nullable|x-kubernetes-.*)$/.test(key))
      clean[key] = value;
  }
  const named = clean.properties !== undefined && clean.additionalProperties === undefined;
  if (named && !schema['x-kubernetes-preserve-unknown-fields']) clean.additionalProperties = false;
  return schema.nullable ? { anyOf: [clean, { type: 'null' }] } : clean;
}

/**
 * The few values that a text may have, which the document leaves out and the Go types say (`// +enum`): by definition
 * and field. Nothing stands for the default.
 */
function enumsIn(folder, group, version) {
  const text = readFileSync(join(folder, group, version, 'types.go'), 'utf8');
  const values = new Map();
  for (const [, type] of text.matchAll(/\+enum\n(?:\/\/.*\n)*type (\w+) string/g))
    values.set(type, [
      ...new Set([
        '',
        ...[...text.matchAll(new RegExp(`\\s${type}\\s+= "(.*?)"`, 'g'))].map(([, value]) => value),
      ]),
    ]);
  return [...text.matchAll(/^type (\w+) struct \{\n([^]*?)\n\}/gm)].flatMap(([, struct, body]) =>
    [...body.matchAll(/^\t\w+\s+(\[\]|\*)?(\w+)\s+`json:"(\w+)/gm)].flatMap(
      ([, form, type, field]) =>
        (values.get(type) ?? []).length > 1
          ? [[`io.k8s.api.${group}.${version}.${struct}`, field, values.get(type), form === '[]']]
          : [],
    ),
  );
}

function kubernetes(module) {
  const cwd = join(ROOT, 'e2e/cluster', module);
  const go = (...args) => execFileSync('go', args, { cwd, encoding: 'utf8' });
  const download = (name) => JSON.parse(go('mod', 'download', '-json', name).replace(/^[^{]+/, ''));
  const { Version, Dir } = download('k8s.io/kubernetes');
  const { definitions } = JSON.parse(
    readFileSync(join(Dir, 'api/openapi-spec/swagger.json'), 'utf8'),
  );
  const types = download('k8s.io/api').Dir;
  const groups = new Set(KINDS.map((name) => name.split('.').slice(3, 5).join(' ')));
  for (const [name, field, values, many] of [...groups].flatMap((group) =>
    enumsIn(types, ...group.split(' ')),
  )) {
    const schema = definitions[name]?.properties[field];
    if (schema !== undefined) (many ? schema.items : schema).enum = values;
  }
  const found = {};
  const add = (name) => {
    if (name in found) return;
    found[name] = {};
    found[name] = name.endsWith('.Quantity')
      ? { type: ['string', 'number'], pattern: QUANTITY }
      : strict(definitions[name]);
    for (const [, other] of JSON.stringify(found[name]).matchAll(/"#\/definitions\/([^"]+)"/g))
      add(other);
  };
  KINDS.forEach(add);
  // Its values stand in apimachinery, whose types say no enums.
  found[`${META}.LabelSelectorRequirement`].properties.operator.enum = [
    ...['In', 'NotIn', 'Exists', 'DoesNotExist'],
  ];
  const kinds = Object.fromEntries(
    KINDS.map((name) => {
      const [{ group, version, kind }] = definitions[name]['x-kubernetes-group-version-kind'];
      return [[group, version].filter(Boolean).join('/') + ` ${kind}`, name];
    }),
  );
  const definition = Object.fromEntries(Object.entries(found).sort());
  return { of: `Kubernetes ${Version.slice(1)}`, kinds, definitions: definition };
}

function customResource(folder, file, version) {
  const text = readFileSync(join(folder, `${file}.yaml`), 'utf8');
  const { spec } = parse(text);
  const { schema } = spec.versions.find(({ name, served }) => name === version && served);
  const metadata = { $ref: `kubernetes-newest#/definitions/${META}.ObjectMeta` };
  const { properties, ...rest } = schema.openAPIV3Schema;
  const whole = { ...rest, properties: { ...properties, metadata } };
  return [`${spec.group}/${version} ${spec.names.kind}`, file, strict(whole)];
}

/** One definition a line, so that a change of one is seen. */
function text({ of, kinds, definitions }) {
  const lines = (object) =>
    Object.entries(object)
      .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  return `{"of": ${JSON.stringify(of)}, "kinds": {\n${lines(kinds)}\n}, "definitions": {\n${lines(definitions)}\n}}\n`;
}

const { values } = parseArgs({
  options: { crds: { type: 'string', default: process.env.SEDA_CRDS } },
});
if (!values.crds) {
  console.error('import:schemas: no folder with CRDs, give --crds DIR');
  process.exit(1);
}
const files = Object.entries(KUBERNETES).map(([name, module]) => [
  `kubernetes-${name}.json`,
  kubernetes(module),
]);
const custom = Object.entries(CRDS).map(([file, version]) =>
  customResource(values.crds, file, version),
);
files.push([
  'custom-resources.json',
  {
    of: 'its CRD',
    kinds: Object.fromEntries(custom.map(([kind, name]) => [kind, name])),
    definitions: Object.fromEntries(custom.map(([, name, schema]) => [name, schema])),
  },
]);
mkdirSync(SCHEMAS, { recursive: true });
for (const file of readdirSync(SCHEMAS)) rmSync(join(SCHEMAS, file));
for (const [file, schemas] of files) writeFileSync(join(SCHEMAS, file), text(schemas));
