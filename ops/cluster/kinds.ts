import type { Manifest } from '../../lib/manifests';
import { type Kubectl, KubectlError } from './kubectl';

/** Kinds of Kubernetes itself that an environment may have had; but for Secrets, whose values nobody reads without need, and data. */
export const OWN_KINDS: readonly string[] = [
  'ConfigMap',
  'Job',
  'CronJob',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Service',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'NetworkPolicy',
  'Ingress',
  'ServiceAccount',
];

/** Those that an operator brings, by the version in which they are rendered. */
export const OPERATOR_KINDS: readonly (readonly [apiVersion: string, kinds: readonly string[]])[] =
  [
    ['external-secrets.io/v1', ['ExternalSecret']],
    ['cert-manager.io/v1', ['Certificate']],
    ['gateway.networking.k8s.io/v1', ['HTTPRoute', 'ReferenceGrant']],
    ['gateway.envoyproxy.io/v1alpha1', ['BackendTrafficPolicy']],
    ['monitoring.coreos.com/v1', ['ServiceMonitor', 'PrometheusRule', 'Probe']],
  ];

/** Those of them that the cluster knows, as resources: asking for another one would fail the whole call. */
export async function operatorResources(kubectl: Kubectl): Promise<string[]> {
  const found = await Promise.all(
    OPERATOR_KINDS.map(async ([apiVersion, kinds]) => {
      const known = await kindsOf(kubectl, apiVersion);
      return kinds
        .filter((kind) => known.includes(kind))
        .map((kind) => resourceOf({ apiVersion, kind }));
    }),
  );
  return found.flat();
}

/** The kinds of a version of an API; none where the cluster does not know it. */
export async function kindsOf(kubectl: Kubectl, apiVersion: string): Promise<string[]> {
  try {
    const { resources } = JSON.parse(
      await kubectl.run('cannot ask for its kinds', ['get', `--raw=/apis/${apiVersion}`]),
    ) as { resources: { kind: string }[] };
    return resources.map(({ kind }) => kind);
  } catch (error) {
    if (error instanceof KubectlError && error.reason.code === 'not-found') return [];
    throw error;
  }
}

/** A resource for `kubectl get`, with its group, because kinds of two groups may share a name. */
export function resourceOf({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): string {
  return apiVersion.includes('.') ? `${kind}.${apiVersion.split('/')[0]}` : kind;
}
