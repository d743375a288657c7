import { PLACEHOLDER_ANNOTATION } from '../../lib/placeholder';
import { RELEASE_ANNOTATION } from '../../lib/release-annotations';
import type { Manifest } from '../../lib/manifests';
import { appOf, type Rendering, type Slot } from '../rendering/rendering';
import { storeOf } from '../secrets/check';
import { externalSecretOf, remotePath, secretsOf } from '../secrets/uses';
import { destinationsOf } from './destinations';
import type { Arrow, Box, Picture, Tone } from './model';
import { waysIn } from './ways-in';

/** One Deployment that serves users, or would. */
interface Workload extends Slot {
  readonly state: 'serves' | 'staged' | 'warm' | 'empty';
  /** The Service that leads to it. */
  readonly service?: string;
  readonly tone: Tone;
}

/** An environment as a person would draw it; everything in it comes from the rendered objects. */
export function pictureOf(name: string, rendering: Rendering): Picture {
  const ways = waysIn(rendering);
  const hosts = ways.boxes.filter(({ tone }) => tone === 'outside').map(({ title }) => title);
  const workloads = workloadsOf(rendering);
  const running = workloads.filter(({ pods }) => pods > 0);
  const parts = [
    ways,
    services(workloads),
    backing(running, rendering, hosts),
    secrets(running, rendering),
    monitoring(running, rendering),
  ];
  const namespace = rendering.namespace ?? name;
  const { boxes, arrows } = bundled(running, {
    boxes: unique(parts.flatMap((part) => part.boxes)),
    arrows: parts.flatMap((part) => part.arrows),
  });
  const known = new Set(boxes.map(({ id }) => id));
  return {
    title: `${name}: what runs and what it talks to`,
    description: described(namespace, workloads, hosts),
    namespace,
    boxes,
    // A Service that leads to none of the pods is not drawn, nor is what leads there.
    arrows: arrows.filter(({ from, to }) => known.has(from) && known.has(to)),
  };
}

/** What all colours with pods have in common is drawn once, from a box that stands for all of them. */
function bundled(running: readonly Workload[], { boxes, arrows }: Part): Part {
  const ids = running.map(({ name }) => `Deployment/${name}`);
  const ends = (arrow: Arrow) => (arrow.upwards ? [arrow.to, arrow.from] : [arrow.from, arrow.to]);
  const common = (arrow: Arrow) =>
    ids.length > 1 &&
    arrow.kind === 'uses' &&
    ids.every((id) =>
      arrows.some(
        (other) =>
          other.kind === 'uses' && ends(other)[0] === id && ends(other)[1] === ends(arrow)[1],
      ),
    );
  const shared = arrows.filter(common).filter((arrow) => ends(arrow)[0] === ids[0]);
  if (shared.length === 0) return { boxes, arrows };
  const all: Box = {
    id: 'Pods/all',
    title: isPair(running) ? 'both colours' : 'all pods',
    lines: [],
    tone: 'route',
    inside: true,
  };
  return {
    boxes: [...boxes, all],
    arrows: [
      ...arrows.filter((arrow) => !common(arrow)),
      ...running.map(({ tone }, index): Arrow => ({
        from: ids[index]!,
        to: all.id,
        kind: 'uses',
        tone,
      })),
      ...shared.map(({ tone: _, ...arrow }): Arrow =>
        arrow.upwards ? { ...arrow, to: all.id } : { ...arrow, from: all.id },
      ),
    ],
  };
}

function isPair(running: readonly Workload[]): boolean {
  return (
    running.length === 2 &&
    running.every(({ tone }) => tone !== 'pods') &&
    new Set(running.map(({ deployment }) => appOf(deployment))).size === 1
  );
}

/** The Deployments of the APIs; databases and the like are what they talk to. */
function workloadsOf(rendering: Rendering): Workload[] {
  const entries = rendering
    .ofKind('Service')
    .filter(({ spec }) => spec?.clusterIP !== 'None')
    .map((service) => ({ service, slot: rendering.slotOf(service) }));
  const released = ({ deployment }: Slot) =>
    Number(deployment.metadata.annotations?.[RELEASE_ANNOTATION] ?? 0);
  return rendering
    .ofKind('Deployment')
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'api')
    .map((deployment): Workload => {
      const slot = rendering.slot(deployment);
      const active = rendering.switchOf(deployment);
      const serving = active && rendering.slotOf(active);
      const serves = serving === undefined || serving.name === slot.name;
      const leading = entries
        .filter((entry) => entry.slot?.name === slot.name)
        .map(({ service }) => service.metadata.name);
      const colour = deployment.spec?.selector?.matchLabels?.version;
      return {
        ...slot,
        state: serves
          ? 'serves'
          : slot.pods === 0
            ? 'empty'
            : released(slot) > released(serving!)
              ? 'staged'
              : 'warm',
        service:
          active === undefined
            ? leading[0]
            : leading.find(
                (service) =>
                  service === (serves ? active.metadata.name : `${appOf(active)}-preview`),
              ),
        tone: colour === 'blue' || colour === 'green' ? colour : 'pods',
      };
    });
}

type Part = { readonly boxes: readonly Box[]; readonly arrows: readonly Arrow[] };

function services(workloads: readonly Workload[]): Part {
  return {
    boxes: workloads.flatMap((workload): Box[] => {
      const { name, deployment, state, service, tone } = workload;
      const idle = state !== 'serves';
      const role =
        tone === 'pods'
          ? 'leads to every pod'
          : idle
            ? 'for a look before the switch'
            : 'the switch';
      return [
        ...(service === undefined
          ? []
          : [
              {
                id: `Service/${service}`,
                title: `Service ${service}`,
                lines: [role],
                tone: 'route' as const,
                inside: true,
                idle,
              },
            ]),
        {
          id: `Deployment/${name}`,
          title: name,
          lines: [
            STATES[state],
            ...imageOf(deployment),
            sizeOf(workload),
            ...resourcesOf(deployment),
            ...missing(deployment),
          ],
          tone,
          inside: true,
          idle,
        },
      ];
    }),
    arrows: workloads.flatMap(({ name, state, service, tone }): Arrow[] =>
      service === undefined
        ? []
        : [
            {
              from: `Service/${service}`,
              to: `Deployment/${name}`,
              kind: state === 'serves' ? 'traffic' : 'preview',
              tone,
            },
          ],
    ),
  };
}

const STATES = {
  serves: 'serves',
  staged: 'staged, not promoted yet',
  warm: 'warm: the way back',
  empty: 'empty',
} as const;

function containerOf(deployment: Manifest): Manifest | undefined {
  return deployment.spec?.template?.spec?.containers?.[0];
}

function imageOf(deployment: Manifest): string[] {
  const [, name = '', digest] =
    /([^/]+?)(?:@sha256:([0-9a-f]{12})[0-9a-f]*)?$/.exec(String(containerOf(deployment)?.image)) ??
    [];
  return [`image ${name}`, ...(digest === undefined ? [] : [`sha256:${digest}`])];
}

function sizeOf({ pods, most }: Slot): string {
  if (most !== undefined) return `${pods} to ${most} pods, by load`;
  return pods === 0 ? 'no pods' : pods === 1 ? '1 pod' : `${pods} pods`;
}

function resourcesOf(deployment: Manifest): string[] {
  const { requests = {}, limits = {} } = containerOf(deployment)?.resources ?? {};
  const range = (resource: string) =>
    limits[resource] === undefined
      ? requests[resource]
      : `${requests[resource]} to ${limits[resource]}`;
  const parts = [
    ['cpu', 'CPU'],
    ['memory', 'memory'],
  ].flatMap(([resource, word]) =>
    requests[resource!] === undefined ? [] : [`${range(resource!)} ${word}`],
  );
  return parts.length === 0 ? [] : [parts.join(', ')];
}

function missing(deployment: Manifest): string[] {
  const placeholders = deployment.metadata.annotations?.[PLACEHOLDER_ANNOTATION];
  return placeholders === undefined ? [] : [`waits for ${placeholders.split(',').join(', ')}`];
}

/** Databases and the like. */
function backing(
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
function secrets(running: readonly Workload[], rendering: Rendering): Part {
  const read = running.flatMap(({ name, deployment, tone }) => {
    const uses = secretsOf(deployment.spec?.template?.spec);
    return [...new Set(uses.map(({ secret }) => secret))].map((secret) => ({
      name,
      tone,
      secret,
      keys: [...new Set(uses.filter((use) => use.secret === secret).flatMap(({ keys }) => keys))],
    }));
  });
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

function monitoring(running: readonly Workload[], rendering: Rendering): Part {
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

function described(
  namespace: string,
  workloads: readonly Workload[],
  hosts: readonly string[],
): string {
  const pods = workloads
    .map(
      (workload) =>
        `${workload.name} ${workload.version}, ${sizeOf(workload)}: ${STATES[workload.state]}`,
    )
    .join('; ');
  return `${hosts.length > 0 ? `${hosts.join(', ')} leads into` : 'It runs in'} the namespace ${namespace}. ${pods}.`;
}

/** The first of each id. */
function unique<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return items.filter(({ id }, index) => items.findIndex((item) => item.id === id) === index);
}
