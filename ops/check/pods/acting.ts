import type { Workload } from '../../rendering/workloads';
import { isDescriptive } from '../descriptive';
import { changedFields } from './fields';

/**
 * Domains of the kubelet and of what runs in clusters, which act on pods by labels and annotations: containers beside the
 * pod's own, limits of its network, an identity in a cloud, evictions. A key of another domain is somebody's own.
 */
const ACTORS = [
  ...['kubernetes.io', 'k8s.io', 'openshift.io', 'x-k8s.io', 'cattle.io', 'kubevirt.io'],
  ...[
    'istio.io',
    'linkerd.io',
    'cilium.io',
    'projectcalico.org',
    'cni.cncf.io',
    'konghq.com',
    'kuma.io',
  ],
  ...[
    'consul.hashicorp.com',
    'hashicorp.com',
    'banzaicloud.io',
    'dapr.io',
    'keda.sh',
    'kyverno.io',
  ],
  ...['azure.com', 'azure.workload.identity', 'amazonaws.com', 'gke.io', 'cloud.google.com'],
  ...['karpenter.sh', 'stakater.com', 'opentelemetry.io', 'jaegertracing.io', 'datadoghq.com'],
  ...['dynatrace.com', 'newrelic.com', 'elastic.co', 'prometheus.io', 'aquasec.com', 'falco.org'],
];

/** What only has pods start again. */
const RESTART = 'kubectl.kubernetes.io/restartedAt';

/** Labels and annotations of pods that change, and that something acts on; each a clause. */
export function actingGuards(before: Workload, after: Workload): string[] {
  return (['label', 'annotation'] as const).flatMap((what) => {
    const [was, is] = [before, after].map(
      ({ object }): object => object.spec?.template?.metadata?.[`${what}s`] ?? {},
    );
    return changedFields(was!, is!)
      .filter((key) => key !== RESTART && !isDescriptive(key) && isActedOn(key))
      .map((key) => `the ${what} ${key} of the pods changes`);
  });
}

function isActedOn(key: string): boolean {
  const [domain = ''] = key.toLowerCase().split('/');
  return ACTORS.some((actor) => domain === actor || domain.endsWith(`.${actor}`));
}
