import type { Manifest } from '../../lib/manifests';
import { calledOf } from '../../lib/kubernetes/identity';
import type { Rendering } from '../rendering/rendering';
import { isBlocked, type Route } from '../../lib/kubernetes/routes';
import { isPreview, PREVIEW_HEADER } from '../../lib/preview-header';
import { partOf, routesOf } from '../rendering/routes';
import { gatewaysOf } from './gateways';
import type { Arrow, Box, Part } from './model';

/** The hosts of an environment, what leads from them to Services, and the arrows between these. */
export function waysIn(rendering: Rendering): Part {
  // A path that is refused in any spelling is told once, as it is written.
  const all = routesOf(rendering).filter(({ pathType }) => pathType !== 'RegularExpression');
  const routes = all.filter((route) => isBlocked(route) || (route.weight > 0 && !isPreview(route)));
  const served = routes.filter((route) => !isBlocked(route));
  const hosts = unique(routes.map(hostOf));
  /** The paths that another object refuses are told by the first that leads on. */
  const refusedBeside = (object: Manifest): string[] =>
    hosts
      .filter((host) => served.find((route) => hostOf(route) === host)?.object === object)
      .flatMap((host) => routes.filter((route) => hostOf(route) === host && isBlocked(route)))
      .map(({ path }) => path);
  const gateways = gatewaysOf(
    rendering,
    served.map((route) => ({ object: route.object, host: `Host/${hostOf(route)}` })),
  );
  const hostsOf = (object: Manifest) =>
    hosts.length > 1 && object.kind === 'HTTPRoute'
      ? unique(served.filter((route) => route.object === object).map(hostOf))
      : [];
  return {
    boxes: [
      ...hosts.map((host): Box => ({
        id: `Host/${host}`,
        title: host,
        lines: certificate(rendering, host),
        tone: 'outside',
        inside: false,
      })),
      ...gateways.boxes,
      ...unique(served.map(({ object }) => object)).map((object): Box => ({
        id: calledOf(object),
        title: `${object.kind} ${object.metadata.name}`,
        lines: [
          ...classOf(object),
          // Behind a Gateway no arrow says which host a route is for.
          ...hostsOf(object),
          ...unique(served.filter((route) => route.object === object).map(({ path }) => path)),
          ...unique(refusedBeside(object)).map((path) => `${path} is refused`),
        ],
        tone: 'route',
        inside: true,
      })),
    ],
    arrows: [
      ...gateways.arrows,
      ...served.flatMap((route): Arrow[] => {
        const id = calledOf(route.object);
        const part = partOf(route, served);
        const straight = !gateways.arrows.some(({ to }) => to === id);
        return [
          ...(straight
            ? [{ from: `Host/${hostOf(route)}`, to: id, kind: 'traffic' as const }]
            : []),
          {
            ...{ from: id, to: `Service/${route.service}`, kind: 'traffic' },
            ...(part === undefined ? {} : { label: part }),
          },
        ];
      }),
      ...all.filter(isPreview).map(({ object, service }): Arrow => ({
        from: calledOf(object),
        to: `Service/${service}`,
        kind: 'preview',
        label: PREVIEW_HEADER.name,
      })),
    ].filter(
      ({ from, to }, index, all) =>
        index === all.findIndex((other) => other.from === from && other.to === to),
    ),
  };
}

function hostOf({ host }: Route): string {
  return host === '*' ? 'every host' : host;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function classOf({ kind, spec }: Manifest): string[] {
  return kind === 'Ingress' ? [`class ${spec?.ingressClassName ?? 'of the cluster'}`] : [];
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
