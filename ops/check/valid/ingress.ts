import type { Manifest } from '../../../lib/manifests';

interface Path {
  readonly backend?: {
    readonly resource?: object;
    readonly service?: { readonly name?: string; readonly port?: object };
  };
  readonly path?: string;
  readonly pathType?: string;
}

const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/** What the API server refuses of an Ingress. */
export function ingressFaults({ kind, spec }: Manifest): string[] {
  if (kind !== 'Ingress') return [];
  const { rules = [], tls = [] } = (spec ?? {}) as {
    rules?: readonly { host?: string; http?: { paths?: readonly Path[] } }[];
    tls?: readonly { hosts?: readonly string[] }[];
  };
  const hosts = [
    ...rules.flatMap(({ host }) => host ?? []),
    ...tls.flatMap((one) => one.hosts ?? []),
  ];
  return [
    ...hosts.filter((host) => !HOST.test(host)).map((host) => `${JSON.stringify(host)} is no host`),
    ...rules
      .flatMap(({ http }) => http?.paths ?? [])
      .flatMap(({ path = '/', pathType, backend: { resource, service } = {} }) => [
        ...((resource === undefined) === (service === undefined)
          ? [`${path} must lead to a Service or to a resource, one of them`]
          : []),
        ...(service !== undefined &&
        (!service.name || Object.values(service.port ?? {}).filter(Boolean).length !== 1)
          ? [`${path} must lead to the name or the number of a port of a named Service`]
          : []),
        ...(['Exact', 'Prefix', 'ImplementationSpecific'].includes(pathType ?? '')
          ? []
          : [
              `pathType is ${JSON.stringify(pathType) ?? 'nothing'}, expected Exact, Prefix or ImplementationSpecific`,
            ]),
        ...(path.startsWith('/') && !/\/\/|\/\.\.?(\/|$)|%2f/i.test(path)
          ? []
          : [
              `${JSON.stringify(path)} is no path, expected one from "/" on, without "//" and ".."`,
            ]),
      ]),
  ];
}
