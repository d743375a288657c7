import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import type { Manifest } from '../lib/manifests';
import type { Node } from './check';
import { ROOT } from './dist';

/** Folder with the CRDs of custom resources, which are too large to be committed; files are named `<group>_<plural>.yaml`. */
const CRDS = process.env.SEDA_CRDS ?? path.join(ROOT, '..', 'shared', 'crds');

/** What is wrong with an object by the schema of its CRD; the CRD must be in the folder. */
export function crdFaults(object: Manifest, plural: string): string[] {
  const [group, version] = object.apiVersion.split('/');
  const served = crd(`${group}_${plural}.yaml`).spec.versions.find(
    ({ name }: Node) => name === version,
  );
  if (!served?.served) return [`${object.apiVersion} is not served`];
  const { apiVersion: _, kind: __, metadata: ___, ...rest } = object;
  return faults(served.schema.openAPIV3Schema, rest, '');
}

/** They are large, so each is read once. */
const known = new Map<string, Node>();

function crd(file: string): Node {
  if (!known.has(file)) known.set(file, parse(readFileSync(path.join(CRDS, file), 'utf8')));
  return known.get(file);
}

export function hasCrds(): boolean {
  return existsSync(CRDS);
}

/** Structural schemas of Kubernetes, as far as a rendered object can go wrong by them. Unknown fields are faults, as in strict validation. */
function faults(schema: Node, value: unknown, at: string): string[] {
  if (value === null) return schema.nullable === true ? [] : [`${at} is null`];
  if (schema['x-kubernetes-int-or-string'] === true)
    return ['string', 'number'].includes(typeof value)
      ? []
      : [`${at} is neither a number nor a text`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at} is not one of ${schema.enum.join(', ')}`];
  switch (schema.type) {
    case 'object':
      return typeof value === 'object' && !Array.isArray(value)
        ? objectFaults(schema, value as Node, at)
        : [`${at} is no object`];
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) => faults(schema.items, item, `${at}.${index}`))
        : [`${at} is no list`];
    case 'string':
      if (typeof value !== 'string') return [`${at} is no text`];
      if (value.length > (schema.maxLength ?? Infinity) || value.length < (schema.minLength ?? 0))
        return [`${at} is too long or too short`];
      return schema.pattern === undefined || new RegExp(schema.pattern).test(value)
        ? []
        : [`${at} does not match ${schema.pattern}`];
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || (schema.type === 'integer' && !Number.isInteger(value)))
        return [`${at} is no ${schema.type}`];
      return value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity)
        ? [`${at} is out of range`]
        : [];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at} is no boolean`];
    default:
      return [];
  }
}

function objectFaults(schema: Node, value: Node, at: string): string[] {
  const path = (key: string) => (at === '' ? key : `${at}.${key}`);
  const missing = (schema.required ?? []).filter(
    (key: string) => value[key] === undefined && !['metadata'].includes(key),
  );
  const fields = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return [
    ...missing.map((key: string) => `${path(key)} is missing`),
    ...fields.flatMap(([key, entry]) => {
      const field =
        schema.properties?.[key] ??
        (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
      if (field !== undefined) return faults(field, entry, path(key));
      const free =
        schema['x-kubernetes-preserve-unknown-fields'] === true ||
        schema.additionalProperties === true;
      return free ? [] : [`${path(key)} is not a field`];
    }),
  ];
}
