import type { Manifest } from '../../lib/manifests';
import { COLOURS } from '../../lib/labels';
import { appOf, type Rendering } from './rendering';
import { isBlocked, routesOf, serviceOf } from './routes';
import { selectedBy, type Workload } from './workloads';

/**
 * The Services through which clients come: all that have pods of their own and an address, except those that a pair
 * has for one colour and for the preview, unless a route leads to these.
 */
export function entriesOf(rendering: Rendering): Manifest[] {
  const routed = routesOf(rendering)
    .filter((route) => !isBlocked(route) && route.weight > 0)
    .map((route) => serviceOf(rendering, route));
  return rendering
    .ofKind('Service')
    .filter(
      (service) =>
        routed.includes(service) ||
        (service.spec?.selector !== undefined &&
          service.spec.clusterIP !== 'None' &&
          !isFixed(service)),
    );
}

/** The preview of a pair, or a Service that never moves. */
function isFixed(service: Manifest): boolean {
  const app = appOf(service);
  return (
    service.spec?.selector?.version !== undefined &&
    ['preview', ...COLOURS].some((role) => service.metadata.name === `${app}-${role}`)
  );
}

/** The workloads that clients reach and that have pods, by name. */
export function servingIn(rendering: Rendering): Map<string, Workload> {
  const reached = entriesOf(rendering).flatMap((service) => selectedBy(rendering, service));
  return new Map(
    reached
      .filter(({ object, pods }) => pods > 0 && !['Job', 'CronJob'].includes(object.kind))
      .map((workload) => [workload.called, workload]),
  );
}
