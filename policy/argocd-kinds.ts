import type { Manifest } from '../lib/manifests';

/** Kinds that a release may bring into an environment or take away, so they are allowed where none is rendered. */
export const OF_RELEASES = [
  'autoscaling/HorizontalPodAutoscaler',
  'batch/Job',
  'policy/PodDisruptionBudget',
];

/** Kinds that controllers make and people look at. In git they would be pods that nothing starts again and no budget protects. */
export const OF_CONTROLLERS: { readonly [kind: string]: string } = {
  'apps/ReplicaSet': 'nobody would see it in Argo CD, nor its pods',
  '/Pod': 'nobody would see it, its events and its logs in Argo CD',
};

/** Group and kind of an object, as a project names them: `apps/Deployment`, `/Service`. */
export const kindOf = ({ apiVersion, kind }: Manifest): string =>
  `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`;
