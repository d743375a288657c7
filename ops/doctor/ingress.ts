import { kubectlCommand } from '../cluster/kubectl-command';
import { X509Certificate } from 'node:crypto';
import { readiness } from '../deploy/readiness';
import type { Manifest } from '../../lib/manifests';
import { deployCommand, type Finding, type Place } from './finding';

const DAY = 24 * 60 * 60 * 1000;
/** cert-manager renews a month before the end, so whoever comes this near is not being renewed. */
const EXPIRY_DAYS = 14;

/** Name, then the certificate in base64. The key of the certificate is never asked for. */
export const CERTIFICATE_TEMPLATE =
  '{{.metadata.name}}{{"\\n"}}{{with .data}}{{with index . "tls.crt"}}{{.}}{{end}}{{end}}';

/** Ingresses that are absent or that no controller has taken; those of one class wait for the same controller. */
export function ingressFindings(
  rendered: readonly Manifest[],
  live: readonly Manifest[],
  place: Place,
): Finding[] {
  const current = (name: string) =>
    live.find(({ kind, metadata }) => kind === 'Ingress' && metadata.name === name);
  const absent = rendered.filter(({ metadata }) => !current(metadata.name));
  const waiting = new Map<string, string[]>();
  for (const { metadata } of rendered) {
    const ingress = current(metadata.name);
    if (!ingress || readiness(ingress).state === 'healthy') continue;
    const name: string = ingress.spec?.ingressClassName ?? 'of the cluster';
    waiting.set(name, [...(waiting.get(name) ?? []), metadata.name]);
  }
  return [
    ...absent.map(({ metadata }): Finding => ({
      severity: 'error',
      object: `Ingress/${metadata.name}`,
      found: 'is not in the cluster',
      cause: 'it was deleted, or a deploy stopped before its last wave',
      remedy: deployCommand(place),
    })),
    ...[...waiting].map(([name, [first, ...others]]): Finding => ({
      severity: 'error',
      object: `Ingress/${first}`,
      found: `has no address yet; nothing leads from outside to it${others.length === 0 ? '' : ` (also ${others.join(', ')})`}`,
      cause: `no controller of the class ${name} has taken it: none runs, or it refuses the Ingress`,
      remedy: `see why: ${kubectlCommand(place, `describe ingress ${first}`)}`,
    })),
  ];
}

/** Classes that Ingresses name and the cluster does not have. */
export function classFindings(
  rendered: readonly Manifest[],
  classes: readonly string[],
  place: Place,
): Finding[] {
  const wanted = new Set(
    rendered.flatMap(({ spec }) => (spec?.ingressClassName as string | undefined) ?? []),
  );
  return [...wanted]
    .filter((name) => !classes.includes(name))
    .map((name) => ({
      severity: 'error',
      object: `IngressClass/${name}`,
      found: 'does not exist',
      cause:
        classes.length === 0
          ? 'no ingress controller is installed'
          : `the cluster has ${classes.join(', ')}`,
      remedy: `install the controller that brings it, or name another class in environments/${place.name}.ts`,
    }));
}

/** A Secret with a certificate, and the hosts that it is for. */
export interface TlsSecret {
  readonly secret: string;
  readonly hosts: readonly string[];
  /** What clients get without it. */
  readonly otherwise: string;
}

/** The Secrets of the certificates that Ingresses name. */
export function tlsSecrets(ingresses: readonly Manifest[]): TlsSecret[] {
  const hosts = new Map<string, Set<string>>();
  for (const { secretName, hosts: some = [] } of ingresses.flatMap(
    ({ spec }) => (spec?.tls ?? []) as { secretName?: string; hosts?: string[] }[],
  )) {
    if (secretName !== undefined)
      hosts.set(secretName, new Set([...(hosts.get(secretName) ?? []), ...some]));
  }
  return [...hosts].map(([secret, some]) => ({
    secret,
    hosts: [...some],
    otherwise: 'browsers get the certificate of the ingress controller',
  }));
}

/**
 * What is wrong with a certificate.
 *
 * @param answer what `CERTIFICATE_TEMPLATE` gave: nothing, the name, or the name and the certificate
 */
export function certificateFindings(
  { secret, hosts, otherwise }: TlsSecret,
  answer: string,
  now: Date,
  place: Place,
): Finding[] {
  const [name = '', encoded = ''] = answer.trim().split('\n');
  const finding = (
    found: string,
    cause: string,
    severity: Finding['severity'] = 'error',
  ): Finding[] => [
    {
      severity,
      object: `Secret/${secret}`,
      found,
      cause,
      remedy: `see what cert-manager says: ${kubectlCommand(place, 'describe certificates,certificaterequests,challenges')}`,
    },
  ];
  if (name === '')
    return finding(`does not exist; ${otherwise}`, 'no certificate has been issued yet');
  if (encoded === '')
    return finding(
      'has no tls.crt',
      'no certificate has been issued yet, or the Secret is of another kind',
    );
  const certificate = parse(encoded);
  if (!certificate)
    return finding(
      'its tls.crt is no certificate',
      'somebody or something else than cert-manager wrote it',
    );
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  const days = Math.floor((to.getTime() - now.getTime()) / DAY);
  const others = hosts.filter((host) => certificate.checkHost(host) === undefined);
  return [
    ...(others.length === 0
      ? []
      : finding(
          `its certificate is not for ${others.join(', ')}`,
          `it is for ${certificate.subjectAltName?.replace(/DNS:/g, '') ?? 'no host'}`,
        )),
    ...(from > now
      ? finding(
          `its certificate is valid from ${date(from)} on`,
          'a clock is wrong, here or where it was issued',
        )
      : []),
    ...(to <= now
      ? finding(`its certificate expired on ${date(to)}`, 'it is not renewed')
      : days < EXPIRY_DAYS
        ? finding(
            `its certificate expires on ${date(to)}, in ${days} day${days === 1 ? '' : 's'}`,
            'it is not renewed, which should have happened by now',
            'warning',
          )
        : []),
  ];
}

function parse(encoded: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}

function date(time: Date): string {
  return time.toISOString().slice(0, 10);
}
