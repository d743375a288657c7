import type { Manifest } from '../../../lib/manifests';
import { calledOf } from '../../../lib/kubernetes/identity';
import { readsOf } from '../../../lib/kubernetes/reads';
import { type LabelSelector, matches } from '../../../lib/kubernetes/selection';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { gateOf, coloursOf, isMigration } from '../bundle';
import { type Finding, finding, type Rule, type Step } from '../rule';

/** A new workload takes no rights that were made for others. */
export const rightsTaken: Rule = {
  name: 'rights-taken',
  protects:
    'A new workload brings its own Secrets, ServiceAccount and NetworkPolicies, and is not taken for pods of another one.',
  refuse: (step) => newWorkloads(step).flatMap((workload) => rightsFindings(step, workload)),
};

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
