import type { Manifest } from '../../lib/manifests';
import { isFixed, type Rendering } from './rendering';
import { isBlocked } from '../../lib/kubernetes/routes';
import { isPreview } from '../../lib/preview-header';
import { routesOf, serviceOf } from './routes';
import { endsByItself, selectedBy, type Workload } from './workloads';

/**
 * The Services through which clients come: all that have pods of their own and an address, except those that a pair
 * has for one colour and for the preview, unless a route of users leads to these.
 */
export function entriesOf(rendering: Rendering): Manifest[] {
  const routed = routesOf(rendering)
    .filter((route) => !isBlocked(route) && !isPreview(route) && route.weight > 0)
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

/** The workloads that clients reach and that have pods, by name. */
export function servingIn(rendering: Rendering): Map<string, Workload> {
  const reached = entriesOf(rendering).flatMap((service) => selectedBy(rendering, service));
  return new Map(
    reached
      .filter((workload) => workload.pods > 0 && !endsByItself(workload))
      .map((workload) => [workload.called, workload]),
  );
}
