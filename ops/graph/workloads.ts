import type { Manifest } from '../../lib/manifests';
import { PLACEHOLDER_ANNOTATION } from '../../lib/placeholder';
import { RELEASE_ANNOTATION } from '../../lib/release-annotations';
import { appOf, type Rendering, type Slot } from '../rendering/rendering';
import { routesOf } from '../rendering/routes';
import type { Arrow, Box, Part, Tone } from './model';

/** One Deployment that serves users, or would. */
export interface Workload extends Slot {
  readonly state: 'serves' | 'staged' | 'warm' | 'idle' | 'empty';
  /** The Service that leads to it. */
  readonly service?: string;
  readonly tone: Tone;
}

/** The Deployments of the APIs; databases and the like are what they talk to. */
export function workloadsOf(rendering: Rendering): Workload[] {
  const entries = rendering
    .ofKind('Service')
    .filter(({ spec }) => spec?.clusterIP !== 'None')
    .map((service) => ({ service, slot: rendering.slotOf(service) }));
  const routed = new Set(routesOf(rendering).map(({ service }) => service));
  return rendering
    .ofKind('Deployment')
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'api')
    .map((deployment): Workload => {
      const slot = rendering.slot(deployment);
      const active = rendering.switchOf(deployment);
      const serving = active && rendering.slotOf(active);
      const serves = serving === undefined || rendering.serves(deployment);
      const leading = entries
        .filter((entry) => entry.slot?.name === slot.name)
        .map(({ service }) => service.metadata.name);
      const colour = deployment.spec?.selector?.matchLabels?.version;
      return {
        ...slot,
        state: serves ? 'serves' : slot.pods === 0 ? 'empty' : idleState(slot, serving!),
        service:
          active === undefined
            ? leading[0]
            : (leading.find((service) => routed.has(service) && service !== active.metadata.name) ??
              leading.find(
                (service) =>
                  service === (serves ? active.metadata.name : `${appOf(active)}-preview`),
              )),
        tone: colour === 'blue' || colour === 'green' ? colour : 'pods',
      };
    });
}

/** Before its promotion or after it, by the numbers of the releases; without them nobody knows. */
function idleState(slot: Slot, serving: Slot): 'staged' | 'warm' | 'idle' {
  const [own, other] = [slot, serving].map(({ deployment }) =>
    Number(deployment.metadata.annotations?.[RELEASE_ANNOTATION]),
  ) as [number, number];
  return own > other ? 'staged' : own < other ? 'warm' : 'idle';
}

/** A box for each workload, and one for the Service that leads to it. */
export function services(workloads: readonly Workload[]): Part {
  return {
    boxes: workloads.flatMap((workload): Box[] => {
      const { name, deployment, state, service, tone } = workload;
      const idle = state !== 'serves';
      const role =
        tone === 'pods'
          ? 'leads to every pod'
          : service === name
            ? 'leads to this colour, always'
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

/** What a diagram says of a workload's state. */
export const STATES = {
  serves: 'serves',
  staged: 'staged, not promoted yet',
  warm: 'warm: for a rollback',
  idle: 'runs and serves nobody',
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

/** How many pods there are, in words. */
export function sizeOf({ pods, most }: Slot): string {
  if (most !== undefined) return `${pods} to ${most} pods, by load`;
  return pods === 0 ? 'no pods' : pods === 1 ? '1 pod' : `${pods} pods`;
}

/** What the scheduler keeps for a pod, and what it may use at most. */
function resourcesOf(deployment: Manifest): string[] {
  const { requests = {}, limits = {} } = (containerOf(deployment)?.resources ?? {}) as {
    readonly [kind in 'requests' | 'limits']?: { readonly [resource: string]: string };
  };
  const line = (word: string, { cpu, memory }: typeof requests) => {
    const parts = [
      ...(cpu === undefined ? [] : [`${cpu} CPU`]),
      ...(memory === undefined ? [] : [`${memory} memory`]),
    ];
    return parts.length === 0 ? [] : [`${word} ${parts.join(', ')}`];
  };
  return [...line('requests', requests), ...line('limits', limits)];
}

function missing(deployment: Manifest): string[] {
  const placeholders = deployment.metadata.annotations?.[PLACEHOLDER_ANNOTATION];
  return placeholders === undefined ? [] : [`waits for ${placeholders.split(',').join(', ')}`];
}
