import { kubectlCommand } from '../cluster/kubectl-command';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import { routesOf } from '../rendering/routes';
import { isBlocked } from '../../lib/kubernetes/routes';
import { serviceMatches } from '../../lib/kubernetes/selection';
import type { Pod } from './cluster';
import { deployCommand, type Finding, type Place } from './finding';

/** What the check of the endpoints looks at. */
export interface EndpointsInput {
  /** Services as they are. */
  readonly live: readonly Manifest[];
  /** EndpointSlices of discovery.k8s.io/v1. */
  readonly slices: readonly Manifest[];
  readonly pods: readonly Pod[];
}

interface Behind {
  readonly service: Manifest;
  readonly workload: string;
  readonly ready: number;
  readonly wanted: number;
  /** Requests from outside arrive here. */
  readonly serves: boolean;
}

/**
 * Ready endpoints behind each Service, beside what `dist/` says there must be: the floor of the gate, or
 * the number of pods. Services that lack the same endpoints of the same pods are one finding.
 */
export function endpointFindings(
  rendering: Rendering,
  input: EndpointsInput,
  place: Place,
): Finding[] {
  const short = rendering
    .ofKind('Service')
    .flatMap((service) => behind(rendering, service, input.slices))
    .filter(({ ready, wanted }) => ready < wanted);
  // An outage before a shortage, and of those the Services that users reach.
  short.sort(
    (a, b) => Number(a.ready > 0) - Number(b.ready > 0) || Number(b.serves) - Number(a.serves),
  );
  const groups = new Map<string, Behind[]>();
  for (const one of short) {
    const key = `${one.workload} ${one.ready} ${causeOf(one, input)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => finding(group, input, place));
}

function behind(rendering: Rendering, service: Manifest, slices: readonly Manifest[]): Behind[] {
  const slot = rendering.slotOf(service);
  const selected = rendering
    .ofKind('Deployment')
    .filter(({ spec }) => serviceMatches(service.spec?.selector, spec?.template?.metadata?.labels));
  // A Service of both colours, for metrics, has no floor of its own.
  if (!slot || selected.length > 1) return [];
  const { name } = service.metadata;
  const serves =
    rendering.switches().includes(service) ||
    routesOf(rendering).some((route) => !isBlocked(route) && route.service === name);
  return [
    {
      service,
      workload: slot.name,
      ready: readyEndpoints(name, slices),
      wanted: slot.pods === 0 ? 0 : (slot.floor ?? slot.pods),
      serves,
    },
  ];
}

/** Pods that a Service sends requests to. With two IP families a pod is in two slices. */
export function readyEndpoints(service: string, slices: readonly Manifest[]): number {
  type Endpoint = {
    addresses: string[];
    conditions?: { ready?: boolean };
    targetRef?: { name: string };
  };
  const own = slices.filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service,
  );
  const endpoints = own.flatMap(({ endpoints: some }) => (some ?? []) as Endpoint[]);
  return new Set(
    endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ targetRef, addresses }) => targetRef?.name ?? addresses[0]),
  ).size;
}

function finding(group: readonly Behind[], input: EndpointsInput, place: Place): Finding {
  const [first] = group as [Behind, ...Behind[]];
  const { service, ready, wanted, workload, serves } = first;
  const others = group.slice(1).map((one) => one.service.metadata.name);
  const found =
    ready === 0
      ? `no ready endpoint, ${wanted} expected${serves ? '; users get errors' : ''}`
      : `${ready} of ${wanted} endpoints are ready`;
  return {
    severity: ready === 0 || serves ? 'error' : 'warning',
    object: `Service/${service.metadata.name}`,
    found: others.length === 0 ? found : `${found} (also ${others.join(', ')})`,
    cause: causeOf(first, input),
    remedy: remedyOf(first, input, place, workload),
  };
}

function causeOf({ service, workload }: Behind, { live, pods }: EndpointsInput): string {
  const current = live.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === service.metadata.name,
  );
  if (!current) return 'the Service is not in the cluster';
  if (changed(service, current))
    return `it selects ${text(current)}, dist/ says ${text(service)}: somebody changed it, or a deploy is still to come`;
  const matching = pods.filter(
    ({ metadata, status }) =>
      serviceMatches(current.spec?.selector, metadata.labels) &&
      metadata.deletionTimestamp === undefined &&
      status?.phase !== 'Succeeded',
  );
  if (matching.length === 0) return `${workload} has no pods`;
  const unready = matching.filter(
    ({ status }) =>
      !(status?.conditions ?? []).some(
        ({ type, status: is }: { type: string; status: string }) =>
          type === 'Ready' && is === 'True',
      ),
  );
  return unready.length > 0
    ? `${unready.length} of the ${matching.length} pods of ${workload} ${unready.length === 1 ? 'is' : 'are'} not ready`
    : `${workload} has only ${matching.length} pods, or their port has another name than the Service asks for`;
}

function remedyOf(
  { service }: Behind,
  { live, pods }: EndpointsInput,
  place: Place,
  workload: string,
): string {
  const current = live.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === service.metadata.name,
  );
  const running = pods.some(({ metadata }) =>
    serviceMatches(service.spec?.selector, metadata.labels),
  );
  if (!current || changed(service, current) || !running) return deployCommand(place);
  return `mend what Deployment/${workload} reports; see ${kubectlCommand(place, `get pods --selector=${text(service)}`)}`;
}

const text = ({ spec }: Manifest) =>
  Object.entries((spec?.selector ?? {}) as Record<string, string>)
    .sort()
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
const changed = (service: Manifest, current: Manifest) => text(service) !== text(current);
