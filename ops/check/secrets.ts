import { configCredentials, notCredentialsOf, withoutSettings } from '../../lib/config-credentials';
import { credentialIn } from '../../lib/credentials';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import { secretsOf } from '../secrets/uses';
import { type Refusal, refusal } from './refusal';

/** Frozen while it runs: pods never get other values under the name of the Secret that they were started with. */
export function secretInPlaceRefusals(
  environment: string,
  base: Rendering,
  next: Rendering,
): Refusal[] {
  const running = next
    .ofKind('Deployment')
    .filter(({ metadata }) => [base, next].every((rendering) => runs(rendering, metadata.name)));
  const reads = running.flatMap(({ spec }) => secretsOf(spec?.template?.spec));
  return next.ofKind('ExternalSecret').flatMap((object) => {
    const old = base.get(object.kind, object.metadata.name);
    const target = object.spec?.target?.name ?? object.metadata.name;
    const read = reads.filter(({ secret }) => secret === target).map(({ keys }) => keys);
    if (!old || read.length === 0 || gives(old, object, read)) return [];
    const remedy = `make it a new version: raise secretVersion in environments/${environment}.ts and stage it, or allow it: --allow-in-place ${environment}`;
    return [
      refusal(
        'secret changes in place',
        object,
        'pods that run read it, and would get other values when they restart',
        remedy,
      ),
    ];
  });
}

/**
 * True when an ExternalSecret still gives all that running pods read of it. A key more hurts nobody, and neither does one
 * less that only other pods read, except that an immutable Secret never changes.
 *
 * @param reads the keys that each of the pods names; none where it takes the Secret as a whole
 */
function gives(old: Manifest, next: Manifest, reads: readonly (readonly string[])[]): boolean {
  const [before, after] = [old, next].map(({ spec }): string[] =>
    (spec?.data ?? []).map((entry: unknown) => JSON.stringify(entry)),
  ) as [string[], string[]];
  const named = new Set(reads.flat());
  const whole = reads.some((keys) => keys.length === 0);
  const needed = (old.spec?.data ?? [])
    .filter(({ secretKey }: { secretKey: string }) => whole || named.has(secretKey))
    .map((entry: unknown) => JSON.stringify(entry));
  const kept =
    needed.every((entry: string) => after.includes(entry)) &&
    (next.spec?.target?.immutable !== true || same(before, after));
  return (
    kept &&
    ['secretStoreRef', 'target', 'dataFrom'].every(
      (field) => JSON.stringify(old.spec?.[field]) === JSON.stringify(next.spec?.[field]),
    )
  );
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((entry) => other.includes(entry));
}

/** True when a Deployment has pods in a rendering. */
function runs(rendering: Rendering, name: string): boolean {
  const deployment = rendering.get('Deployment', name);
  return deployment !== undefined && rendering.slot(deployment).pods > 0;
}

/** A Secret that is new or other than before, or a text that gives something away. */
export function secretRefusals(base: Rendering, next: Rendering): Refusal[] {
  return next.objects.flatMap((object) => {
    if (JSON.stringify(base.get(object.kind, object.metadata.name)) === JSON.stringify(object))
      return [];
    if (object.kind === 'Secret') {
      const excused = notCredentialsOf(object);
      if (
        [...Object.keys(object.data ?? {}), ...Object.keys(object.stringData ?? {})].every((key) =>
          excused.includes(key),
        )
      )
        return [];
      return [
        refusal(
          'secret in git',
          object,
          'values of a Secret would be in git',
          'refer to the secret store',
        ),
      ];
    }
    const elsewhere = credentialIn(JSON.stringify(withoutSettings(object)));
    return [
      ...configCredentials(object).map(({ key, problem }) => `${key} ${problem}`),
      ...(elsewhere === undefined ? [] : [`it holds ${elsewhere}`]),
    ].map((reason) =>
      refusal(
        'secret in git',
        object,
        reason,
        'refer to the secret store, and change the credential: it is known now',
      ),
    );
  });
}
