import type { Manifest } from '../../../lib/manifests';

interface Path {
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
      .flatMap(({ path = '/', pathType }) => [
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
