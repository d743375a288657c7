import { configCredentials, withoutSettings } from '../../lib/config-credentials';
import { credentialIn } from '../../lib/credentials';
import type { Manifest } from '../../lib/manifests';
import { referencesOf, type Rendering } from '../rendering/rendering';
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
  const read = new Set(
    running
      .flatMap(referencesOf)
      .filter(({ kind }) => kind === 'Secret')
      .map(({ name }) => name),
  );
  return next.ofKind('ExternalSecret').flatMap((object) => {
    const old = base.get(object.kind, object.metadata.name);
    if (!old || !read.has(object.spec?.target?.name ?? object.metadata.name) || gives(old, object))
      return [];
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

/** True when an ExternalSecret still gives all that it gave. A key more hurts nobody, except that an immutable Secret never gets it. */
function gives(old: Manifest, next: Manifest): boolean {
  const [before, after] = [old, next].map(({ spec }): string[] =>
    (spec?.data ?? []).map((entry: unknown) => JSON.stringify(entry)),
  ) as [string[], string[]];
  const kept =
    before.every((entry) => after.includes(entry)) &&
    (next.spec?.target?.immutable !== true || before.length === after.length);
  return (
    kept &&
    ['secretStoreRef', 'target', 'dataFrom'].every(
      (field) => JSON.stringify(old.spec?.[field]) === JSON.stringify(next.spec?.[field]),
    )
  );
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
    if (object.kind === 'Secret')
      return [
        refusal(
          'secret in git',
          object,
          'values of a Secret would be in git',
          'refer to the secret store',
        ),
      ];
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
