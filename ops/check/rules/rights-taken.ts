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
  const keysOf = (object: Manifest) =>
    ((object.spec?.data ?? []) as { remoteRef?: { key?: string } }[]).map(
      ({ remoteRef }) => remoteRef?.key,
    );
  const copied = differences
    .filter(({ change, object }) => change === 'added' && object.kind === 'ExternalSecret')
    .flatMap(({ object }) =>
      base
        .ofKind('ExternalSecret')
        .filter((one) => keysOf(one).some((key) => keysOf(object).includes(key)))
        .slice(0, 1)
        .map((one) =>
          finding(
            object,
            `it copies values of ${calledOf(one)} for other pods`,
            'let one object hold them, or allow it',
          ),
        ),
    );
  const changed = new Set(differences.map(({ object }) => object));
  const foreign = next
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
  return [...copied, ...foreign];
}

/** Those that are no Job of a release, which the rules about gates and migrations judge. */
function newWorkloads({ base, next, differences }: Step): Workload[] {
  if (base.objects.length === 0) return [];
  const added = differences
    .filter(({ change, object }) => change === 'added' || (change === 'changed' && isOther(object)))
    .map(({ object }) => object);
  const gates = coloursOf(next).map((colour) => gateOf(next, colour));
  return workloadsOf(next).filter(
    ({ object }) => added.includes(object) && !gates.includes(object) && !isMigration(object),
  );
}

/** A workload that is no API of this library, whose pods are judged as those of one. */
function isOther({ kind, metadata }: Manifest): boolean {
  return (
    ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'].includes(kind) &&
    metadata.labels?.['app.kubernetes.io/component'] !== 'api'
  );
}

function rightsFindings({ base }: Step, workload: Workload): Finding[] {
  const { object, namespace, labels, pod } = workload;
  const others = workloadsOf(base).filter((one) => one.namespace === namespace);
  const reserved = new Set(
    others
      .filter(({ called }) => called !== workload.called)
      .flatMap((one) => readsOf(one.pod))
      .filter(({ kind, name }) => ['Secret', 'ServiceAccount'].includes(kind) && name !== 'default')
      .map(({ kind, name }) => `${kind} ${name}`),
  );
  const own = others.find(({ called }) => called === workload.called);
  for (const { kind, name } of own ? readsOf(own.pod) : []) reserved.delete(`${kind} ${name}`);
  const policies = (own ? [] : base.ofKind('NetworkPolicy')).filter(({ metadata, spec }) => {
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
      .filter(({ kind, name }) => reserved.has(`${kind} ${name}`))
      .map(({ kind, name }) =>
        finding(
          object,
          `it uses the ${kind} ${name}, which was made for other pods`,
          `give it a ${kind} of its own, or allow it`,
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
