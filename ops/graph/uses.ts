import type { Rendering } from '../rendering/rendering';
import { storeOf } from '../secrets/check';
import { externalSecretOf, remotePath, secretsOf } from '../secrets/uses';
import { destinationsOf } from './destinations';
import { type Arrow, type Box, type Part, unique } from './model';
import type { Workload } from './workloads';

/** Databases and the like. */
export function backing(
  running: readonly Workload[],
  rendering: Rendering,
  hosts: readonly string[],
): Part {
  const reached = running.flatMap(({ name, deployment, tone }) =>
    destinationsOf(deployment, rendering, hosts).map((destination) => ({
      name,
      destination,
      tone,
    })),
  );
  return {
    boxes: reached.map(({ destination: { id, title, lines, inside } }): Box => ({
      id,
      title,
      lines,
      tone: 'outside',
      inside,
    })),
    arrows: reached.map(({ name, destination, tone }): Arrow => ({
      from: `Deployment/${name}`,
      to: destination.id,
      kind: 'uses',
      tone,
    })),
  };
}

/** The Secrets that pods read, and the stores that they are made from. */
export function secrets(running: readonly Workload[], rendering: Rendering): Part {
  const read = running.flatMap(({ name, deployment, tone }) =>
    secretsOf(deployment.spec?.template?.spec).map(({ name: secret, keys }) => ({
      name,
      tone,
      secret,
      keys,
    })),
  );
  const made = read.flatMap(({ secret, keys }) => {
    const external = externalSecretOf(rendering, secret);
    return external
      ? [
          {
            id: storeOf(external),
            secret,
            paths: keys.flatMap((key) => remotePath(external, key)?.replace(/[^/]*$/, '*') ?? []),
          },
        ]
      : [];
  });
  const paths = (store: string) => [
    ...new Set(made.filter(({ id }) => id === store).flatMap((one) => one.paths)),
  ];
  return {
    boxes: [
      ...read.map(({ secret, keys }): Box => ({
        id: `Secret/${secret}`,
        title: `Secret ${secret}`,
        lines: keys,
        tone: 'secret',
        inside: true,
      })),
      ...made.map(({ id }): Box => ({
        id,
        title: id.replace(/^.*\//, ''),
        lines: [id.replace(/\/.*$/, ''), ...paths(id)],
        tone: 'secret',
        inside: false,
      })),
    ],
    arrows: [
      ...read.map(({ name, secret, tone }): Arrow => ({
        from: `Deployment/${name}`,
        to: `Secret/${secret}`,
        label: 'reads',
        kind: 'uses',
        tone,
      })),
      ...unique(made.map(({ id, secret }) => ({ id: secret, store: id }))).map(
        ({ id, store }): Arrow => ({
          from: store,
          to: `Secret/${id}`,
          label: 'makes',
          kind: 'uses',
          upwards: true,
        }),
      ),
    ],
  };
}

/** What scrapes the pods, and how many alerts there are. */
export function monitoring(running: readonly Workload[], rendering: Rendering): Part {
  const monitors = rendering.ofKind('ServiceMonitor');
  if (monitors.length === 0) return { boxes: [], arrows: [] };
  const groups = rendering
    .ofKind('PrometheusRule')
    .flatMap(({ spec }) => (spec?.groups ?? []) as { rules: { alert?: string }[] }[]);
  const alerts = new Set(groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? [])));
  const intervals = monitors.flatMap(({ metadata, spec }) =>
    (spec?.endpoints ?? []).map(
      ({ interval }: { interval?: string }) =>
        `${metadata.name}${interval === undefined ? '' : `, every ${interval}`}`,
    ),
  );
  return {
    boxes: [
      {
        id: 'Monitoring/Prometheus',
        title: 'Prometheus',
        lines: [...intervals, ...(alerts.size > 0 ? [`${alerts.size} alerts`] : [])],
        tone: 'monitoring',
        inside: false,
      },
    ],
    arrows: running.map(({ name, tone }): Arrow => ({
      from: 'Monitoring/Prometheus',
      to: `Deployment/${name}`,
      label: 'scrapes',
      kind: 'uses',
      tone,
      upwards: true,
    })),
  };
}
