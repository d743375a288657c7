import type { Manifest } from '../../../lib/manifests';
import { calledOf } from '../../rendering/identity';
import { readsOf } from '../../rendering/reads';
import { type LabelSelector, matches } from '../../rendering/selection';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { gateOf, coloursOf, isMigration } from '../bundle';
import { type Finding, finding, type Rule, type Step } from '../rule';

/** Annotations of Argo CD that change when, whether or how an object is applied. */
const STEERING = /^argocd\.argoproj\.io\/(?!sync-wave$)/;

/** A new object takes no rights and no order that were made for others. */
export const rightsTaken: Rule = {
  name: 'rights-taken',
  protects:
    'A new workload brings its own Secrets and NetworkPolicies and is not taken for pods of another one; no object tells Argo CD to apply it otherwise than by its wave.',
  refuse: (step) => [
    ...newWorkloads(step).flatMap((workload) => rightsFindings(step, workload)),
    ...foreignSecrets(step),
    ...step.differences.flatMap(({ object, change }): Finding[] =>
      change === 'removed' ? [] : steeringFindings(step, object),
    ),
  ],
};

/** A Secret comes from where those of its environment came from: the store, and the first two names of the path. */
function foreignSecrets({ base, next, differences }: Step): Finding[] {
  const sources = (object: Manifest): string[] =>
    [...(object.spec?.data ?? []), ...(object.spec?.dataFrom ?? [])].map(
      (entry: { remoteRef?: { key?: string }; extract?: { key?: string } }) => {
        const path = entry.remoteRef?.key ?? entry.extract?.key ?? '';
        const { kind = 'SecretStore', name = '' } = object.spec?.secretStoreRef ?? {};
        return `${kind} ${name}: ${path.split('/').slice(0, 2).join('/')}`;
      },
    );
  const known = new Set(base.ofKind('ExternalSecret').flatMap(sources));
  if (known.size === 0) return [];
  const changed = new Set(differences.map(({ object }) => object));
  return next
    .ofKind('ExternalSecret')
    .filter((object) => changed.has(object))
    .flatMap((object) =>
      [...new Set(sources(object))]
        .filter((source) => !known.has(source))
        .map((source) =>
          finding(
            object,
            `it takes values of ${source}, from which no Secret of this environment came`,
            'take them from the path of the environment, or allow it',
          ),
        ),
    );
}

/** Those that are no Job of a release, which the rules about gates and migrations judge. */
function newWorkloads({ base, next, differences }: Step): Workload[] {
  if (base.objects.length === 0) return [];
  const added = differences.filter(({ change }) => change === 'added').map(({ object }) => object);
  const gates = coloursOf(next).map((colour) => gateOf(next, colour));
  return workloadsOf(next).filter(
    ({ object }) => added.includes(object) && !gates.includes(object) && !isMigration(object),
  );
}

function rightsFindings({ base }: Step, workload: Workload): Finding[] {
  const { object, namespace, labels, pod } = workload;
  const others = workloadsOf(base).filter((one) => one.namespace === namespace);
  const secrets = new Set(
    others
      .flatMap((one) => readsOf(one.pod))
      .filter(({ kind }) => kind === 'Secret')
      .map(({ name }) => name),
  );
  const policies = base.ofKind('NetworkPolicy').filter(({ metadata, spec }) => {
    const selector = spec?.podSelector as LabelSelector | undefined;
    return (
      metadata.namespace === namespace &&
      matches(selector, labels) &&
      Object.keys(selector?.matchLabels ?? {}).length > 0 &&
      others.some((one) => matches(selector, one.labels))
    );
  });
  return [
    ...readsOf(pod)
      .filter(({ kind, name }) => kind === 'Secret' && secrets.has(name))
      .map(({ name }) =>
        finding(
          object,
          `it reads the Secret ${name}, which was made for other pods`,
          'give it a Secret of its own, or allow it',
        ),
      ),
    ...policies.map((policy) =>
      finding(
        object,
        `its pods are selected by ${calledOf(policy)}, which was made for other pods`,
        'give its pods labels of their own',
      ),
    ),
  ];
}

function steeringFindings({ base }: Step, object: Manifest): Finding[] {
  const before = base.get(object.kind, object.metadata.name);
  return Object.entries(object.metadata.annotations ?? {})
    .filter(
      ([key, value]) =>
        STEERING.test(key) &&
        before?.metadata.annotations?.[key] !== value &&
        // It only keeps what there is.
        !(key.endsWith('/sync-options') && /^(Prune|Delete)=false$/.test(value)) &&
        !(key.endsWith('/compare-options') && value === 'ServerSideDiff=true'),
    )
    .map(([key, value]) =>
      finding(
        object,
        `${key}: ${value} has Argo CD apply it in another way than the other objects`,
        'leave it out',
      ),
    );
}
