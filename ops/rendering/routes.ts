import type { Manifest } from '../../lib/manifests';
import { canonicalText } from './canonical';
import type { Rendering } from './rendering';
import { type Container, endsByItself, selectedBy, type Workload } from './workloads';

/** A way from a host to a port of a Service. */
export interface Route {
  readonly object: Manifest;
  /** `*` where the rule is about every host. */
  readonly host: string;
  readonly path: string;
  readonly pathType: string;
  /** Absent where the rule leads to no Service. */
  readonly service?: string;
  readonly port?: string;
  /** Share of the requests, where several Services are behind one rule. */
  readonly weight: number;
}

interface IngressPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend?: {
    readonly service?: {
      readonly name?: string;
      readonly port?: { name?: string; number?: number };
    };
  };
}

interface HttpRule {
  readonly matches?: readonly {
    readonly path?: { readonly type?: string; readonly value?: string };
  }[];
  readonly filters?: readonly { readonly type: string }[];
  readonly backendRefs?: readonly {
    readonly name?: string;
    readonly port?: number;
    readonly weight?: number;
  }[];
}

/** Every way in that a rendering has; redirects lead to no pod and are none. */
export function routesOf(rendering: Rendering): Route[] {
  return [
    ...rendering.ofKind('Ingress').flatMap(ingressRoutes),
    ...rendering.ofKind('HTTPRoute').flatMap(httpRoutes),
  ];
}

function ingressRoutes(object: Manifest): Route[] {
  const { rules = [], defaultBackend } = (object.spec ?? {}) as {
    rules?: readonly { host?: string; http?: { paths?: readonly IngressPath[] } }[];
    defaultBackend?: IngressPath['backend'];
  };
  const route = (
    host: string,
    { path = '/', pathType = 'ImplementationSpecific', backend }: IngressPath,
  ): Route => {
    const { name, port } = backend?.service ?? {};
    const number = port?.name ?? port?.number;
    return {
      object,
      host,
      path,
      pathType,
      weight: 1,
      ...(name === undefined ? {} : { service: name }),
      ...(number === undefined ? {} : { port: String(number) }),
    };
  };
  return [
    ...rules.flatMap(({ host = '*', http }) =>
      (http?.paths ?? []).map((path) => route(host, path)),
    ),
    ...(defaultBackend === undefined ? [] : [route('*', { backend: defaultBackend })]),
  ];
}

function httpRoutes(object: Manifest): Route[] {
  const { hostnames = ['*'], rules = [] } = (object.spec ?? {}) as {
    hostnames?: readonly string[];
    rules?: readonly HttpRule[];
  };
  return hostnames.flatMap((host) =>
    rules
      .filter(({ filters }) => !filters?.some(({ type }) => type === 'RequestRedirect'))
      .flatMap(({ matches, backendRefs = [] }) =>
        (matches ?? [{}]).flatMap(({ path }) => {
          const { type = 'PathPrefix', value = '/' } = path ?? {};
          const way = { object, host, path: value, pathType: type };
          return backendRefs.length === 0
            ? [{ ...way, weight: 1 }]
            : backendRefs.map(({ name, port, weight = 1 }): Route => ({
                ...way,
                weight,
                ...(name === undefined ? {} : { service: name }),
                ...(port === undefined ? {} : { port: String(port) }),
              }));
        }),
      ),
  );
}

/** The rules that send requests elsewhere, such as from HTTP to HTTPS. */
export function redirectsOf(rendering: Rendering): { object: Manifest; text: string }[] {
  return rendering.ofKind('HTTPRoute').flatMap((object) =>
    ((object.spec?.rules ?? []) as HttpRule[])
      .filter(({ filters }) => filters?.some(({ type }) => type === 'RequestRedirect'))
      .flatMap((rule) =>
        ((object.spec?.hostnames ?? ['*']) as string[]).map((host) => ({
          object,
          text: canonicalText([object.spec?.parentRefs, host, rule]),
        })),
      ),
  );
}

/** Addresses that are everybody: an Ingress that denies them refuses its paths. */
const EVERYBODY = /(^|,)\s*0\.0\.0\.0\/0\s*(,|$)/;
const DENIED = 'nginx.ingress.kubernetes.io/denylist-source-range';

/** Whether an Ingress refuses every address. */
export function refusesEverybody({ metadata }: Manifest): boolean {
  return EVERYBODY.test(metadata.annotations?.[DENIED] ?? '');
}

/** Whether every request is refused before it reaches a Service. */
export function isBlocked({ object, service }: Route): boolean {
  return service === undefined || refusesEverybody(object);
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
    ({ pods, pod }) => pods > 0 && !listens(pod.containers ?? [], target),
  );
  return deaf.length > 0
    ? { problem: `${deaf[0]!.called} has no container port ${target}` }
    : { workloads: selected };
}

/** A port that a container does not declare may be open nevertheless, but who declares some declares that one. */
function listens(containers: readonly Container[], target: string): boolean {
  const ports = containers.flatMap((container) => container.ports ?? []);
  const isNumber = /^\d+$/.test(target);
  return (
    (ports.length === 0 && isNumber) ||
    ports.some(({ name, containerPort }) => name === target || String(containerPort) === target)
  );
}

/** Every host that a rule of an Ingress or a route names. */
export function publicHosts(rendering: Rendering): string[] {
  return routesOf(rendering).flatMap(({ host }) => (host === '*' ? [] : host));
}
