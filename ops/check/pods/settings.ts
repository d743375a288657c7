import { listOf } from '../../../lib/kubernetes/pods';
import { heapOf } from '../../../lib/resources';
import { canonical } from '../../rendering/canonical';
import { settingsOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import type { Workload } from '../../rendering/workloads';
import { isDescriptive } from '../descriptive';

/** Settings with which pods guard less, wherever they come from; each a clause. */
export function settingGuards(rendering: Rendering, workload: Workload): string[] {
  const settings = new Map(settingsOf(rendering, workload));
  const heap = heapOf(settings.get('NODE_OPTIONS') ?? '');
  const memory = memoryOf(workload);
  return [
    ...(settings.get('NODE_TLS_REJECT_UNAUTHORIZED') === '0'
      ? ['NODE_TLS_REJECT_UNAUTHORIZED has them look at no certificate']
      : []),
    ...(settings.get('METRICS_ENABLED') === 'false'
      ? ['METRICS_ENABLED leaves them without metrics, so that no alert sees them']
      : []),
    ...(heap !== undefined && memory !== undefined && heap >= memory
      ? [`NODE_OPTIONS lets their heap grow to ${heap} bytes, beyond their memory of ${memory}`]
      : []),
  ];
}

/** Bytes that the first container may use. */
function memoryOf({ object }: Workload): number | undefined {
  const [container] = listOf(canonical(object).spec?.template?.spec?.containers);
  return (container as { resources?: { limits?: { memory?: number } } } | undefined)?.resources
    ?.limits?.memory;
}

/** Annotations by which the kubelet and what runs in a cluster act on pods: sidecars, limits of the network, evictions. */
const ACTING =
  /(^|\.)(kubernetes\.io|k8s\.io|istio\.io|linkerd\.io|cilium\.io|dapr\.io|hashicorp\.com|keda\.sh|openshift\.io)\//;

/** What only has pods start again. */
const RESTART = 'kubectl.kubernetes.io/restartedAt';

/** Annotations of pods that change, and that something acts on; each a clause. */
export function annotationGuards(before: Workload, after: Workload): string[] {
  const [was, is] = [before, after].map(
    ({ object }) => object.spec?.template?.metadata?.annotations ?? {},
  ) as { readonly [key: string]: string }[];
  return [...new Set([...Object.keys(was!), ...Object.keys(is!)])]
    .filter((key) => was![key] !== is![key] && key !== RESTART)
    .filter((key) => ACTING.test(key) && !isDescriptive(key))
    .map((key) => `the annotation ${key} of the pods changes`);
}
