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

/** Name of the ApplicationSet that makes the namespaces of previews, and of its project. */
export const PREVIEW_NAMESPACES = 'seda-preview-namespace';

/** Option of Argo CD to make the namespace of an Application. */
export const CREATE_NAMESPACE = 'CreateNamespace=true';

/** True for what the namespace of every preview gets; which one, its Application says. */
export const isInEveryPreview = ({
  kind,
  metadata,
}: Pick<Manifest, 'kind' | 'metadata'>): boolean =>
  kind === 'ResourceQuota' && metadata.namespace === undefined;
