import type { Manifest } from '../../lib/manifests';
import { namespaceOf } from './objects';
import { ofKind, type State } from './state';

/** A request from outside, by what a client and its name server know. */
export interface Request {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly path: string;
  /** What takes it: `class nginx`, `gateway gateways/public`. */
  readonly via: string;
}

/** One rule of a way in. */
export interface Entrance extends Request {
  readonly isExact: boolean;
  /** Namespace from which its controller calls pods. */
  readonly from: string;
  /** Namespace of the Services. */
  readonly namespace: string;
  /** Where requests go; to nobody where they are refused. */
  readonly backends: readonly { readonly service: string; readonly port: number | string }[];
}

/** A request as text, by which it is remembered. */
export function requestText({ scheme, host, path, via }: Request): string {
  return `${scheme}://${host}${path} via ${via}`;
}

/** A request from its text. */
export function requestOf(text: string): Request {
  const [, scheme, host, path, via] = /^(https?):\/\/([^/]*)(\S*) via (.*)$/.exec(text)!;
  return { scheme: scheme as Request['scheme'], host: host!, path: path!, via: via! };
}

/** Requests that the rules of the moment speak of: each path, and one below it. */
export function requestsOf(entrances: readonly Entrance[]): string[] {
  return entrances
    .filter(({ backends }) => backends.length > 0)
    .flatMap((one) =>
      [one.path, ...(one.isExact ? [] : [`${one.path.replace(/\/$/, '')}/tracks`])].map((path) =>
        requestText({ ...one, path }),
      ),
    );
}

/** The rule that takes a request: of those that fit, the one with the longest path. */
export function taking(entrances: readonly Entrance[], request: Request): Entrance | undefined {
  return entrances
    .filter(
      ({ scheme, host, via, path, isExact }) =>
        scheme === request.scheme &&
        host === request.host &&
        via === request.via &&
        (isExact ? path === request.path : isBelow(request.path, path)),
    )
    .sort((a, b) => b.path.length - a.path.length || Number(b.isExact) - Number(a.isExact))[0];
}

function isBelow(path: string, prefix: string): boolean {
  const start = prefix.replace(/\/$/, '');
  return path === start || path.startsWith(`${start}/`);
}

/** Every way in of the moment. */
export function entrancesOf(state: State): Entrance[] {
  return [
    ...ofKind(state, 'Ingress').flatMap((one) => ofIngress(state, one)),
    ...ofKind(state, 'HTTPRoute').flatMap(ofRoute),
  ];
}

function ofIngress(state: State, ingress: Manifest): Entrance[] {
  const { spec, metadata } = ingress;
  const className: string =
    spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? '';
  const from = state.platform.controllers[className];
  if (from === undefined) return [];
  const namespace = namespaceOf(ingress);
  return (spec?.rules ?? []).flatMap(({ host = '', http }: Manifest['rule']) =>
    (http?.paths ?? []).flatMap(({ path = '/', pathType, backend }: Manifest['path']) => {
      const { name, port } = backend?.service ?? {};
      const backends =
        name === undefined || admitsNobody(ingress)
          ? []
          : [{ service: name, port: port?.name ?? port?.number }];
      const isExact = pathType === 'Exact';
      const way = { host, path, isExact, via: `class ${className}`, from, namespace, backends };
      // A controller that has a certificate sends plain HTTP to it, so that both lead in.
      return schemesOf(state, ingress, host).map((scheme) => ({ ...way, scheme }));
    }),
  );
}

function schemesOf(state: State, ingress: Manifest, host: string): Request['scheme'][] {
  const entry = (ingress.spec?.tls ?? []).find(({ hosts = [] }: { hosts?: string[] }) =>
    hosts.includes(host),
  );
  if (entry === undefined) return ['http'];
  const has =
    state.certificates.has(certificateText(ingress, entry.secretName, host)) ||
    isRenewed(state, ingress, entry.secretName, host);
  return has ? ['http', 'https'] : ['http'];
}

function certificateText(ingress: Manifest, secret: string, host: string): string {
  return `${namespaceOf(ingress)}/${secret} ${host}`;
}

/** Hosts that are to have a certificate, and whether anything makes it, and makes it again before it expires. */
export function certificatesOf(
  state: State,
): { readonly text: string; readonly host: string; readonly isRenewed: boolean }[] {
  return ofKind(state, 'Ingress').flatMap((ingress) =>
    (ingress.spec?.tls ?? []).flatMap(({ hosts = [], secretName }: Manifest['tls']) =>
      hosts.map((host: string) => ({
        text: certificateText(ingress, secretName, host),
        host,
        isRenewed: isRenewed(state, ingress, secretName, host),
      })),
    ),
  );
}

/** Whether something makes the certificate of a host: a Certificate, or an annotation of any Ingress with its Secret. */
function isRenewed(state: State, ingress: Manifest, secret: string, host: string): boolean {
  return (
    state.platform.secrets.includes(secret) ||
    ofKind(state, 'Ingress').some(
      (other) =>
        namespaceOf(other) === namespaceOf(ingress) &&
        other.metadata.annotations?.['cert-manager.io/cluster-issuer'] !== undefined &&
        (other.spec?.tls ?? []).some(
          (entry: Manifest['tls']) =>
            entry.secretName === secret && (entry.hosts ?? []).includes(host),
        ),
    ) ||
    ofKind(state, 'Certificate').some(
      (certificate) =>
        namespaceOf(certificate) === namespaceOf(ingress) &&
        certificate.spec?.secretName === secret &&
        (certificate.spec?.dnsNames ?? []).includes(host),
    )
  );
}

/** Whether every address of the one family or the other is shut out. */
function admitsNobody({ metadata }: Manifest): boolean {
  const of = (name: string) => metadata.annotations?.[`nginx.ingress.kubernetes.io/${name}`];
  const admitted = of('allowlist-source-range') ?? of('whitelist-source-range');
  return (
    (of('denylist-source-range') ?? '').split(',').includes('0.0.0.0/0') ||
    (admitted !== undefined && !admitted.split(',').includes('0.0.0.0/0'))
  );
}

function ofRoute(route: Manifest): Entrance[] {
  const namespace = namespaceOf(route);
  const { parentRefs = [], hostnames = [], rules = [] } = route.spec ?? {};
  return parentRefs.flatMap((parent: Manifest['parent']) =>
    hostnames.flatMap((host: string) =>
      rules.flatMap(({ matches = [{}], backendRefs = [] }: Manifest['rule']) =>
        // Users send no header that a match may ask for.
        matches
          .filter(({ headers = [] }: Manifest['match']) => headers.length === 0)
          .map(({ path }: Manifest['match']) => ({
            scheme: parent.sectionName === 'https' ? 'https' : 'http',
            host,
            path: path?.value ?? '/',
            isExact: path?.type === 'Exact',
            via: `gateway ${parent.namespace ?? namespace}/${parent.name}`,
            from: parent.namespace ?? namespace,
            namespace,
            backends: backendRefs
              .filter(({ weight = 1 }: { weight?: number }) => weight > 0)
              .map(({ name, port }: Manifest['backend']) => ({ service: name, port })),
          })),
      ),
    ),
  );
}
