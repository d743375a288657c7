import type { Manifest } from '../manifests';

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
  /** Headers that a request must have to go this way, by their exact values. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
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

interface HttpMatch {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly headers?: readonly {
    readonly type?: string;
    readonly name: string;
    readonly value: string;
  }[];
}

export interface HttpRule {
  readonly matches?: readonly HttpMatch[];
  readonly filters?: readonly { readonly type: string }[];
  readonly backendRefs?: readonly {
    readonly name?: string;
    readonly port?: number;
    readonly weight?: number;
  }[];
}

/** The headers of a match that ask for one value; a pattern may be met by anybody. */
export function exact(headers: NonNullable<HttpMatch['headers']>): Route['headers'] {
  return headers.filter(({ type = 'Exact' }) => type === 'Exact');
}

/** The ways in that an Ingress or HTTPRoute has; redirects lead to no pod and are none. */
export function routesIn(object: Manifest): Route[] {
  if (object.kind === 'Ingress') return ingressRoutes(object);
  return object.kind === 'HTTPRoute' ? httpRoutes(object) : [];
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
      headers: [],
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

/** The hosts of an HTTPRoute; without any it is about each that its listener has. */
export function hostnamesOf({ spec }: Manifest): readonly string[] {
  const hostnames = (spec?.hostnames ?? []) as readonly string[];
  return hostnames.length > 0 ? hostnames : ['*'];
}

/** What an HTTPRoute says it is attached to. */
export interface ParentRef {
  readonly kind: string;
  readonly name: string;
  /** Where it is; the namespace of the route, where the route says nothing. */
  readonly namespace: string;
  /** Its listener; any, where the route names none. */
  readonly sectionName?: string;
}

/** Everything that a route is attached to. */
export function parentRefsOf({ spec }: Manifest, namespace: string): ParentRef[] {
  type Ref = Partial<ParentRef> & { readonly name: string };
  return ((spec?.parentRefs ?? []) as Ref[]).map(
    ({ kind = 'Gateway', name, namespace: where = namespace, sectionName }) => ({
      ...{ kind, name, namespace: where },
      ...(sectionName === undefined ? {} : { sectionName }),
    }),
  );
}

/** The Gateways among them; a mesh attaches routes to Services, which is no way in. */
export function gatewayRefsOf(route: Manifest, namespace: string): ParentRef[] {
  return parentRefsOf(route, namespace).filter(({ kind }) => kind === 'Gateway');
}

function httpRoutes(object: Manifest): Route[] {
  const rules = (object.spec?.rules ?? []) as readonly HttpRule[];
  return hostnamesOf(object).flatMap((host) =>
    rules
      .filter(({ filters }) => !filters?.some(({ type }) => type === 'RequestRedirect'))
      .flatMap(({ matches, backendRefs }) =>
        (matches ?? [{}]).flatMap(({ path, headers }: HttpMatch) => {
          const { type = 'PathPrefix', value = '/' } = path ?? {};
          const way = { object, host, path: value, pathType: type, headers: exact(headers ?? []) };
          const backends = backendRefs ?? [];
          return backends.length === 0
            ? [{ ...way, weight: 1 }]
            : backends.map(({ name, port, weight = 1 }): Route => ({
                ...way,
                weight,
                ...(name === undefined ? {} : { service: name }),
                ...(port === undefined ? {} : { port: String(port) }),
              }));
        }),
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
