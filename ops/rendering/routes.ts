import type { Container } from '../../lib/kubernetes/pods';
import { hostnamesOf, type HttpRule, type Route, routesIn } from '../../lib/kubernetes/routes';
import type { Manifest } from '../../lib/manifests';
import { canonicalText } from './canonical';
import type { Rendering } from './rendering';
import { endsByItself, selectedBy, type Workload } from './workloads';

/** Every way in that a rendering has. */
export function routesOf(rendering: Rendering): Route[] {
  return rendering.objects.flatMap(routesIn);
}

/** The part of the requests for its host and path that goes a way, such as `5 %`; nothing where that is all or none. */
export function partOf(
  { object, host, path, weight }: Route,
  ways: readonly Route[],
): string | undefined {
  const sum = ways
    .filter((one) => one.object === object && one.host === host && one.path === path)
    .reduce((total, one) => total + one.weight, 0);
  return weight > 0 && weight < sum ? `${Math.round((weight / sum) * 100)} %` : undefined;
}

/** A rule that sends requests of a host elsewhere. */
export interface Redirect {
  readonly object: Manifest;
  readonly host: string;
  readonly rule: HttpRule;
  /** All of it, to compare. */
  readonly text: string;
}

/** The rules that send requests elsewhere, such as from HTTP to HTTPS. */
export function redirectsOf(rendering: Rendering): Redirect[] {
  return rendering.ofKind('HTTPRoute').flatMap((object) =>
    ((object.spec?.rules ?? []) as HttpRule[])
      .filter(({ filters }) => filters?.some(({ type }) => type === 'RequestRedirect'))
      .flatMap((rule) =>
        hostnamesOf(object).map((host) => ({
          ...{ object, host, rule },
          text: canonicalText([object.spec?.parentRefs, host, rule]),
        })),
      ),
  );
}

/** The Service behind a route. */
export function serviceOf(rendering: Rendering, { object, service }: Route): Manifest | undefined {
  return rendering
    .ofKind('Service')
    .find(
      ({ metadata }) =>
        metadata.name === service && metadata.namespace === object.metadata.namespace,
    );
}

/** Why a port of a Service leads to nothing, or the workloads that answer there. */
export function behind(
  rendering: Rendering,
  service: Manifest,
  port: string | undefined,
): { readonly workloads: readonly Workload[] } | { readonly problem: string } {
  const ports = (service.spec?.ports ?? []) as {
    name?: string;
    port: number;
    targetPort?: number | string;
    protocol?: string;
  }[];
  const found =
    port === undefined
      ? ports[0]
      : ports.find((one) => one.name === port || String(one.port) === port);
  if (found === undefined) return { problem: `the Service has no port ${port}` };
  if (service.spec?.type === 'ExternalName') return { problem: 'the Service leads outside' };
  const selected = selectedBy(rendering, service).filter((workload) => !endsByItself(workload));
  if (selected.length === 0) return { problem: 'the Service selects no pods' };
  const target = String(found.targetPort ?? found.port);
  const deaf = selected.filter(
    ({ pods, pod }) => pods > 0 && !listens(pod.containers ?? [], target, found.protocol),
  );
  return deaf.length > 0
    ? { problem: `${deaf[0]!.called} has no container port ${target}/${found.protocol ?? 'TCP'}` }
    : { workloads: selected };
}

/** A port that a container does not declare may be open nevertheless, but who declares some declares that one. */
function listens(containers: readonly Container[], target: string, protocol = 'TCP'): boolean {
  const ports = containers.flatMap((container) => container.ports ?? []);
  const isNumber = /^\d+$/.test(target);
  return (
    (ports.length === 0 && isNumber) ||
    ports.some(
      (port) =>
        (port.name === target || String(port.containerPort) === target) &&
        (port.protocol ?? 'TCP') === protocol,
    )
  );
}

/** Every host that a rule of an Ingress or a route names. */
export function publicHosts(rendering: Rendering): string[] {
  return routesOf(rendering).flatMap(({ host }) => (host === '*' ? [] : host));
}

/** Whether a host is the one that is meant, or one that a pattern stands for. */
export function covers(pattern: string, host: string): boolean {
  return (
    pattern === host ||
    pattern === '*' ||
    (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))
  );
}
