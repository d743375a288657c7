import { scalersOf, workloadOf } from '../../rendering/workloads';
import { coloursOf, isReal } from '../bundle';
import { type Finding, finding, type Rule } from '../rule';

/** One of the two says how many pods there are. */
export const replicasAndAutoscaler: Rule = {
  name: 'replicas-and-autoscaler',
  protects:
    'Either replicas or an autoscaler says how many pods a Deployment has, and neither comes or goes under traffic.',
  refuse: ({ base, next, serving }) =>
    next.ofKind('Deployment').flatMap((deployment): Finding[] => {
      const workload = workloadOf(next, deployment);
      const { scaled, pods } = next.slot(deployment);
      const fixed = deployment.spec?.replicas !== undefined;
      if (scaled && fixed && pods > 0)
        return [
          finding(
            deployment,
            'each apply would reset the live number of pods',
            'leave replicas out, the autoscaler says it',
          ),
        ];
      const scalers = scalersOf(next, workload);
      if (scalers.length === 0 && !fixed)
        return [
          finding(
            deployment,
            'nothing says how many pods it has, which is one',
            'give it replicas or an autoscaler',
          ),
        ];
      // What a colour of a pair loses is judged as a whole.
      const old = base.get('Deployment', deployment.metadata.name);
      if (workload.colour !== undefined || old === undefined || pods === 0) return [];
      const before = workloadOf(base, old);
      return before.pods > 1 &&
        serving.base.has(before.called) &&
        isReal(before) &&
        (old.spec?.replicas !== undefined) !== fixed &&
        !fixed
        ? [
            finding(
              deployment,
              'without replicas Kubernetes falls back to one pod until the autoscaler acts',
              'allow it at a quiet hour',
            ),
          ]
        : [];
    }),
  // The range of an autoscaler of a pair is frozen with its colour.
  permit: ({ object, path, change }, { next }) =>
    object.kind === 'HorizontalPodAutoscaler' &&
    change === 'changed' &&
    path[0] === 'spec' &&
    path[1] !== 'scaleTargetRef' &&
    !coloursOf(next).some((colour) => scalersOf(next, colour).includes(object)),
};
