import type { Manifest } from '../../../lib/manifests';
import { type Finding, finding, type Rule, type Step } from '../rule';

/** Annotations of Argo CD that change when, whether or how an object is applied. */
const STEERING = /^argocd\.argoproj\.io\/(?!sync-wave$)/;

/** Argo CD applies every object by its wave, as it applies the others. */
export const appliedOtherwise: Rule = {
  name: 'applied-otherwise',
  protects:
    'No object tells Argo CD to apply, compare or delete it in another way than the others.',
  refuse: (step) =>
    step.differences.flatMap(({ object, change }): Finding[] =>
      change === 'removed' ? [] : steeringFindings(step, object),
    ),
};

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
