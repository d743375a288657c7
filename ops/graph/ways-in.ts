import type { Manifest } from '../../lib/manifests';
import { calledOf } from '../../lib/kubernetes/identity';
import type { Rendering } from '../rendering/rendering';
import { isBlocked, type Route } from '../../lib/kubernetes/routes';
import { routesOf } from '../rendering/routes';
import type { Arrow, Box } from './model';

/** The hosts of an environment, what leads from them to Services, and the arrows between these. */
export function waysIn(rendering: Rendering): { boxes: Box[]; arrows: Arrow[] } {
  const routes = routesOf(rendering).filter((route) => isBlocked(route) || route.weight > 0);
  const served = routes.filter((route) => !isBlocked(route));
  const hosts = unique(routes.map(hostOf));
  /** The paths that another object refuses are told by the first that leads on. */
  const refusedBeside = (object: Manifest): string[] =>
    hosts
      .filter((host) => served.find((route) => hostOf(route) === host)?.object === object)
      .flatMap((host) => routes.filter((route) => hostOf(route) === host && isBlocked(route)))
      .map(({ path }) => path);
  return {
    boxes: [
      ...hosts.map((host): Box => ({
        id: `Host/${host}`,
        title: host,
        lines: certificate(rendering, host),
        tone: 'outside',
        inside: false,
      })),
      ...unique(served.map(({ object }) => object)).map((object): Box => ({
        id: calledOf(object),
        title: `${object.kind} ${object.metadata.name}`,
        lines: [
          controllerOf(object),
          ...unique(served.filter((route) => route.object === object).map(({ path }) => path)),
          ...unique(refusedBeside(object)).map((path) => `${path} is refused`),
        ],
        tone: 'route',
        inside: true,
      })),
    ],
    arrows: served
      .flatMap((route): Arrow[] => {
        const id = calledOf(route.object);
        return [
          { from: `Host/${hostOf(route)}`, to: id, kind: 'traffic' },
          { from: id, to: `Service/${route.service}`, kind: 'traffic' },
        ];
      })
      .filter(
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
