import type { Manifest } from '../../lib/manifests';
import { addressesOf } from '../rendering/reads';
import type { Rendering } from '../rendering/rendering';
import { labelsOf, matches, serviceMatches } from '../../lib/kubernetes/selection';
import { workloadOf } from '../rendering/workloads';

/** Something that pods open connections to. */
export interface Destination {
  /** A Deployment of the environment, or a name of its own. */
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly inside: boolean;
}

/** What is behind a port, where nothing else says so. */
const PORTS: { readonly [port: number]: string } = {
  5432: 'PostgreSQL',
  6379: 'Redis',
  4318: 'OpenTelemetry collector',
};
const DNS = 53;

interface Rule {
  readonly to?: readonly {
    readonly podSelector?: { readonly matchLabels?: Record<string, string> };
    readonly namespaceSelector?: { readonly matchLabels?: Record<string, string> };
  }[];
  readonly ports?: readonly { readonly port: number }[];
}

/** What the network policies let the pods of a Deployment reach, named by the settings that these pods have. */
export function destinationsOf(
  deployment: Manifest,
  rendering: Rendering,
  ownHosts: readonly string[],
): Destination[] {
  const labels = deployment.spec?.template?.metadata?.labels;
  const policies = rendering
    .ofKind('NetworkPolicy')
    .filter(
      ({ spec }) => labelsOf(spec?.podSelector).length > 0 && matches(spec.podSelector, labels),
    );
  const addresses = addressesOf(rendering, workloadOf(rendering, deployment)).filter(
    ({ host }) => !ownHosts.includes(host),
  );
  const rules = policies
    .flatMap(({ spec }) => (spec?.egress ?? []) as Rule[])
    .filter(({ ports = [] }) => !ports.some(({ port }) => port === DNS));
  return rules.flatMap(({ to = [], ports = [] }) =>
    ports.map(({ port }): Destination => {
      const peer = to.find(({ podSelector }) => podSelector?.matchLabels);
      const local =
        peer &&
        rendering
          .ofKind('Deployment')
          .find(({ spec }) =>
            serviceMatches(peer.podSelector?.matchLabels, spec?.template?.metadata?.labels),
          );
      const address = addresses.find((one) => one.port === port);
      const title = PORTS[port] ?? (address ? nameOf(address.variable) : `port ${port}`);
      if (local)
        return {
          id: `Deployment/${local.metadata.name}`,
          title,
          lines: [local.metadata.name],
          inside: true,
        };
      // Two colours may have two addresses of one thing.
      return {
        id: `Destination/${title} ${address ? `${address.host}:` : ''}${port}`,
        title,
        lines: [
          ...(address
            ? [address.host]
            : inSecret(port, deployment)
              ? ['address in the Secret']
              : []),
          `port ${port}`,
        ],
        inside: false,
      };
    }),
  );
}

/** Words of the names under which pods read the address of what is behind a port. */
const KEYS: { readonly [port: number]: RegExp } = {
  5432: /database|postgres|\bpg/i,
  6379: /redis|cache/i,
  4318: /otel|otlp/i,
};
const ADDRESS = /ur[il]|host|dsn|address|endpoint/i;

/** Whether pods read from a Secret what is, by the name of its key or of their variable, the address of what is behind a port. */
function inSecret(port: number, { spec }: Manifest): boolean {
  type Variable = { name: string; valueFrom?: { secretKeyRef?: { key: string } } };
  const containers: readonly { env?: Variable[] }[] = spec?.template?.spec?.containers ?? [];
  const known = Object.values(KEYS);
  return containers
    .flatMap(({ env = [] }) => env)
    .flatMap(({ name, valueFrom }) => {
      const key = valueFrom?.secretKeyRef?.key;
      return key === undefined ? [] : `${name} ${key}`;
    })
    .some(
      (words) =>
        ADDRESS.test(words) &&
        (KEYS[port]?.test(words) ?? !known.some((pattern) => pattern.test(words))),
    );
}

/** "SUPABASE_URL" is the address of Supabase. */
function nameOf(variable: string): string {
  const [word = variable] = variable.split('_');
  return word.charAt(0) + word.slice(1).toLowerCase();
}
