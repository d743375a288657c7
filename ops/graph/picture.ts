import { appOf, type Rendering } from '../rendering/rendering';
import { type Arrow, type Box, type Part, type Picture, unique } from './model';
import { backing, monitoring, secrets } from './uses';
import { waysIn } from './ways-in';
import { services, sizeOf, STATES, type Workload, workloadsOf } from './workloads';

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
