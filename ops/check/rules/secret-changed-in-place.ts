import type { Manifest } from '../../../lib/manifests';
import { canonical, canonicalText } from '../../rendering/canonical';
import { secretMadeBy } from '../../../lib/kubernetes/reads';
import { makersOf } from '../../rendering/reads';
import { sameIn, workloadsOf } from '../../rendering/workloads';
import { secretsOf } from '../../secrets/uses';
import { finding, type Rule } from '../rule';

/** Frozen while it runs: pods never get other values under the name of the Secret that they were started with. */
export const secretChangedInPlace: Rule = {
  name: 'secret-changed-in-place',
  protects: 'A Secret that pods were started with keeps its values under its name.',
  refuse: ({ environment, base, next }) => {
    const running = workloadsOf(next).filter(
      (workload) => workload.pods > 0 && (sameIn(base, workload)?.pods ?? 0) > 0,
    );
    const reads = running.flatMap(({ pod, namespace }) =>
      secretsOf(pod).map((read) => ({ ...read, namespace })),
    );
    const uses = new Map<string, (readonly string[])[]>();
    for (const { name: secret, keys, whole, namespace } of reads) {
      const name = `${namespace}/${secret}`;
      uses.set(name, [...(uses.get(name) ?? []), whole ? [] : keys]);
    }
    return [...uses].flatMap(([key, keys]) => {
      const [namespace, name = ''] = key.split('/');
      const read = { kind: 'Secret' as const, name };
      const [was] = makersOf(base, read, namespace);
      const [is] = makersOf(next, read, namespace);
      if (was === undefined || is === undefined || was === is) return [];
      return givesLess(was, is, keys)
        ? [
            finding(
              is,
              'pods that run read it, and would get other values when they restart',
              `make it a new version: raise secretVersion in environments/${environment}.ts`,
            ),
          ]
        : [];
    });
  },
  permit: ({ object, change, path }) =>
    secretMadeBy(object) !== undefined &&
    object.kind !== 'Certificate' &&
    (change !== 'changed' || path[0] === 'spec'),
};

/**
 * Whether a Secret no longer gives what running pods read of it. A key more hurts nobody, and neither does one
 * less that only other pods read, except that an immutable Secret never changes.
 *
 * @param reads the keys that each of the pods names; none where it takes the Secret as a whole
 */
export function givesLess(
  old: Manifest,
  next: Manifest,
  reads: readonly (readonly string[])[],
): boolean {
  if (old.kind !== next.kind || old.metadata.name !== next.metadata.name) return true;
  const [before, after] = [old, next].map((object) => contentOf(canonical(object)));
  const [had, has] = [entriesOf(old), entriesOf(next)];
  const named = new Set(reads.flat());
  const whole = reads.some((keys) => keys.length === 0);
  const lost = had.some(
    ({ key, text }) => (whole || named.has(key)) && !has.some((entry) => entry.text === text),
  );
  const isImmutable = next.spec?.target?.immutable === true || next.immutable === true;
  return (
    lost ||
    // A key that is there twice is that of the last.
    new Set(has.map(({ key }) => key)).size !== has.length ||
    canonicalText(before) !== canonicalText(after) ||
    (isImmutable && canonicalText(had) !== canonicalText(has))
  );
}

/** What a Secret, or what makes it, says besides the single keys. */
function contentOf({ metadata: _, spec, data: __, stringData: ___, ...rest }: Manifest): object {
  const { refreshInterval: ____, data: _____, ...others } = spec ?? {};
  return { ...rest, ...others };
}

/** The keys of a Secret, with what says their values. */
function entriesOf({ kind, spec, data, stringData }: Manifest): { key: string; text: string }[] {
  if (kind === 'ExternalSecret')
    return (
      (canonical({ kind, spec } as unknown as Manifest).spec?.data ?? []) as { secretKey: string }[]
    ).map((entry) => ({ key: entry.secretKey, text: canonicalText(entry) }));
  const values = { ...data, ...stringData, ...spec?.encryptedData } as Record<string, string>;
  return Object.entries(values).map(([key, value]) => ({ key, text: `${key}=${value}` }));
}
