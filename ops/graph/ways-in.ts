import type { Manifest } from '../../lib/manifests';
import { calledOf } from '../rendering/identity';
import type { Rendering } from '../rendering/rendering';
import { refusesEverybody } from '../rendering/routes';
import type { Arrow, Box } from './model';

/** One way from a host to a Service. */
interface Route {
  readonly object: Manifest;
  readonly host: string;
  readonly paths: readonly string[];
  /** The Service behind it; none where every request is refused. */
  readonly service?: string;
}

/** The hosts of an environment, what leads from them to Services, and the arrows between these. */
export function waysIn(rendering: Rendering): { boxes: Box[]; arrows: Arrow[] } {
  const routes = [
    ...rendering.ofKind('Ingress').flatMap(ingressRoutes),
    ...rendering.ofKind('HTTPRoute').flatMap(httpRoutes),
  ];
  const hosts = [...new Set(routes.map(({ host }) => host))];
  const ways = hosts.flatMap((host) => {
    const served = routes.filter((route) => route.host === host && route.service !== undefined);
    const refused = routes
      .filter((route) => route.host === host && route.service === undefined)
      .flatMap(({ paths }) => paths);
    return served.map((route, index) => ({ ...route, refused: index === 0 ? refused : [] }));
  });
  return {
    boxes: [
      ...hosts.map((host): Box => ({
        id: `Host/${host}`,
        title: host,
        lines: certificate(rendering, host),
        tone: 'outside',
        inside: false,
      })),
      ...ways.map(({ object, paths, refused }): Box => ({
        id: calledOf(object),
        title: `${object.kind} ${object.metadata.name}`,
        lines: [controllerOf(object), ...paths, ...refused.map((path) => `${path} is refused`)],
        tone: 'route',
        inside: true,
      })),
    ],
    arrows: ways.flatMap(({ object, host, service }): Arrow[] => [
      { from: `Host/${host}`, to: calledOf(object), kind: 'traffic' },
      { from: calledOf(object), to: `Service/${service}`, kind: 'traffic' },
    ]),
  };
}

function ingressRoutes(object: Manifest): Route[] {
  const refused = refusesEverybody(object);
  return ((object.spec?.rules ?? []) as Manifest[]).flatMap(({ host, http }) => {
    const paths = (http?.paths ?? []) as {
      path: string;
      backend?: { service?: { name: string } };
    }[];
    const services = refused
      ? [undefined]
      : [...new Set(paths.map(({ backend }) => backend?.service?.name))];
    return services.map((service): Route => ({
      object,
      host: host ?? 'every host',
      paths: paths
        .filter(({ backend }) => refused || backend?.service?.name === service)
        .map(({ path }) => path),
      service,
    }));
  });
}

/** A rule that sends elsewhere leads to no Service; one without anything refuses. */
function httpRoutes(object: Manifest): Route[] {
  const rules = ((object.spec?.rules ?? []) as Manifest[]).filter(
    ({ filters }) => !filters?.some(({ type }: { type: string }) => type === 'RequestRedirect'),
  );
  return ((object.spec?.hostnames ?? []) as string[]).flatMap((host) => {
    const services = [
      ...new Set(rules.map(({ backendRefs }) => backendRefs?.[0]?.name as string | undefined)),
    ];
    return services.map((service): Route => ({
      object,
      host,
      service,
      paths: rules
        .filter(({ backendRefs }) => backendRefs?.[0]?.name === service)
        .flatMap(({ matches }) => (matches ?? []).map((match: Manifest) => match.path?.value)),
    }));
  });
}

function controllerOf({ kind, spec }: Manifest): string {
  return kind === 'Ingress'
    ? `class ${spec?.ingressClassName ?? 'of the cluster'}`
    : `Gateway ${spec?.parentRefs?.[0]?.namespace}/${spec?.parentRefs?.[0]?.name}`;
}

/** Who vouches for a host. */
function certificate(rendering: Rendering, host: string): string[] {
  const explicit = rendering
    .ofKind('Certificate')
    .find(({ spec }) => spec?.dnsNames?.includes(host));
  const annotated = rendering
    .ofKind('Ingress')
    .find(
      ({ metadata, spec }) =>
        metadata.annotations?.['cert-manager.io/cluster-issuer'] !== undefined &&
        spec?.tls?.some(({ hosts }: { hosts?: string[] }) => hosts?.includes(host)),
    );
  const issuer =
    explicit?.spec?.issuerRef?.name ??
    annotated?.metadata.annotations?.['cert-manager.io/cluster-issuer'];
  return issuer === undefined ? [] : [`certificate by ${issuer}`];
}
