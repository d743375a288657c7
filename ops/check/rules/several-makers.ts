import type { Manifest } from '../../../lib/manifests';
import { calledOf } from '../../../lib/kubernetes/identity';
import { secretMadeBy } from '../../../lib/kubernetes/reads';
import { makersOf, readersOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { workloadsOf } from '../../rendering/workloads';
import { type Finding, finding, type Rule } from '../rule';

/** A Secret has one object that it is made of. */
export const severalMakers: Rule = {
  name: 'several-makers',
  protects:
    'One object makes a Secret, and one autoscaler governs a Deployment, so that nothing writes over it.',
  refuse: ({ next }) => [...doubled(next), ...servedAsTls(next)],
};

function doubled(next: Rendering): Finding[] {
  const makers = new Map<string, string[]>();
  const add = (key: string, object: Manifest): void =>
    void makers.set(key, [...(makers.get(key) ?? []), calledOf(object)]);
  for (const object of next.objects) {
    const { namespace } = object.metadata;
    const name = object.kind === 'Secret' ? object.metadata.name : secretMadeBy(object);
    const target = object.spec?.scaleTargetRef;
    if (name !== undefined) add(`Secret ${namespace}/${name}`, object);
    else if (target) add(`${target.kind} ${namespace}/${target.name}`, object);
    for (const secret of certificatesOf(object)) add(`Secret ${namespace}/${secret}`, object);
  }
  return [...makers].flatMap(([key, objects]): Finding[] =>
    objects.length < 2
      ? []
      : [
          finding(
            objects.at(-1)!,
            `it writes the ${key.replace(/ \S*\//, ' ')}, which ${objects[0]} writes as well`,
            'let one object write it',
          ),
        ],
  );
}

/** The Secrets that cert-manager makes of an Ingress which asks it to, without a Certificate that anybody rendered. */
function certificatesOf({ kind, metadata, spec }: Manifest): string[] {
  const asks = Object.keys(metadata.annotations ?? {}).some((key) =>
    /^cert-manager\.io\/(cluster-)?issuer$/.test(key),
  );
  const tls = (spec?.tls ?? []) as { secretName?: string }[];
  return kind === 'Ingress' && asks ? tls.flatMap(({ secretName }) => secretName ?? []) : [];
}

/** cert-manager writes certificates into the Secrets of an Ingress, and its controller shows them to everybody who connects. */
function servedAsTls(next: Rendering): Finding[] {
  return next.ofKind('Ingress').flatMap((ingress) =>
    ((ingress.spec?.tls ?? []) as { secretName?: string }[]).flatMap(({ secretName = '' }) => {
      const { namespace } = ingress.metadata;
      const makers = makersOf(next, { kind: 'Secret', name: secretName }, namespace);
      const isRead = makers.some((maker) => readersOf(workloadsOf(next), maker).length > 0);
      return isRead && makers.every(({ kind }) => kind !== 'Certificate')
        ? [
            finding(
              ingress,
              `its TLS is the Secret ${secretName}, which pods read`,
              'give TLS a Secret of its own',
            ),
          ]
        : [];
    }),
  );
}
