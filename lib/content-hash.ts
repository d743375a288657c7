import { createHash } from 'node:crypto';
import type { ApiObject } from 'cdk8s';
import { fault } from './checks';

const HASH_LENGTH = 10;

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, canonical(entry)]),
  );
}

/**
 * Ten hex digits of the SHA-256 of a plain value, independent of key order. Part of the name of
 * objects that must not change under one name: ConfigMaps that a running colour reads, and Jobs,
 * whose template is immutable.
 */
export function contentHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('hex')
    .slice(0, HASH_LENGTH);
}

/**
 * Refuses a patch that changes what an object is named after: the name would stand for another content.
 *
 * @param content what the hash at the end of the name was made from
 */
export function keepContentHash(
  object: ApiObject,
  content: (manifest: { readonly [field: string]: unknown }) => unknown,
): void {
  object.node.addValidation({
    validate: () => {
      const manifest = object.toJson() as { readonly metadata: { readonly name: string } };
      const { name } = manifest.metadata;
      const expected = `${name.slice(0, -HASH_LENGTH)}${contentHash(content(manifest))}`;
      return name === expected
        ? []
        : [
            fault(
              'metadata.name',
              'has not the hash of the content, which a patch changed',
              name,
              expected,
              'change the prop that the content comes from, or patch the name and what refers to it as well',
            ),
          ];
    },
  });
}
