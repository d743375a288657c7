import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
import { identityOf } from '../../../lib/kubernetes/identity';
import { isBlocked, type Route } from '../../../lib/kubernetes/routes';
import { isPreview } from '../../../lib/preview-header';
import { behind, routesOf, serviceOf } from '../../rendering/routes';
import { entriesOf } from '../../rendering/serving';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { gateOf } from '../bundle';
import { gateFloor } from '../job-spec';
import { type Finding, finding, type Rule, type Step, unique } from '../rule';

/** The least pods that may serve: what the gate asks for; at least one. */
function floorOf({ next }: Step, workload: Workload): number {
  return workload.colour === undefined ? 1 : Math.max(2, gateFloor(gateOf(next, workload)));
}

/** Every way in leads to pods. */
export const hostWithoutPods: Rule = {
  name: 'host-without-pods',
  protects:
    'Every host and every Service that clients use leads, through ports that exist, to pods of one workload, and to as many as its gate asks for.',
  refuse: (step) => {
    const { base, next } = step;
    const broken = (service: Manifest, port: string | undefined, what: string): Finding[] => {
      const found = behind(next, service, port);
      const remedy = 'let it lead to a colour that is staged, or to a workload with pods';
      if ('problem' in found) return [finding(service, `${what}: ${found.problem}`, remedy)];
      const running = found.workloads.filter(({ pods }) => pods > 0);
      if (running.length === 0)
        return [finding(service, `${what}: ${found.workloads[0]!.called} has no pods`, remedy)];
      const [first, second] = running;
      // Two workloads behind one Service answer in turns.
      if (second !== undefined && !wereBoth(step, service, running))
        return [
          finding(
            service,
            `${what}: it selects the pods of ${first!.called} and of ${second.called}`,
            'give one of them other labels',
          ),
        ];
      const floor = floorOf(step, first!);
      return first!.pods < floor
        ? [
            finding(
              service,
              `${what}: ${first!.called} has ${first!.pods} pods, and ${floor} are the least that may serve`,
              'stage it at full size',
            ),
          ]
        : [];
    };
    const changed = (service: Manifest) => isAffected(step, service);
    const previews = next.previews().filter((preview) => changed(preview));
    return unique([
      ...previews
        .filter((preview) =>
          next
            .switches()
            .some(
              (service) =>
                canonicalText(service.spec?.selector) === canonicalText(preview.spec?.selector),
            ),
        )
        .map((preview) =>
          finding(
            preview,
            'it selects the colour that clients reach, so that tests of the other one would test this',
            'let it select the other colour',
          ),
        ),
      ...routesOf(next).flatMap((route) => {
        const service = serviceOf(next, route);
        if (service === undefined)
          // A route of a Gateway that is blocked leads nowhere.
          return route.service !== undefined && hadService(step, route)
            ? [
                finding(
                  route.object,
                  `${route.host}${route.path} leads to the Service ${route.service}, which is not rendered`,
                  'let it lead to a Service that is there',
                ),
              ]
            : [];
        if (route.weight === 0 || isPreview(route)) return [];
        if (isBlocked(route) && !changed(route.object)) return [];
        return changed(service) || changed(route.object)
          ? broken(service, route.port, `${route.host}${route.path} leads here`)
          : [];
      }),
      ...entriesOf(next)
        .filter(changed)
        .flatMap((service) => {
          // A Service of something that has no workload here, and never had, is somebody else's.
          const served = entriesOf(base).some((one) => identityOf(one) === identityOf(service));
          const nobody = 'problem' in behind(next, service, undefined);
          return nobody && !served && workloadsOf(next).length === 0
            ? []
            : broken(service, undefined, 'clients use it');
        }),
    ]);
  },
};

/** Whether the step takes the Service of a route away, or leads it to none. What is made elsewhere may stay there. */
function hadService({ base, differences }: Step, route: Route): boolean {
  const was = serviceOf(base, route);
  const isNew = differences.some(({ object }) => object === route.object);
  return was !== undefined || (isNew && base.objects.length > 0);
}

/** Whether anything of the step could have changed where a Service leads. */
function isAffected({ differences }: Step, object: Manifest): boolean {
  return differences.some(
    (difference) =>
      difference.object === object ||
      ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'HorizontalPodAutoscaler'].includes(
        difference.object.kind,
      ) ||
      (difference.object.kind === 'Service' && difference.change === 'removed'),
  );
}

/** A Service that led to several workloads before may go on doing so. */
function wereBoth({ base }: Step, service: Manifest, running: readonly Workload[]): boolean {
  const before = base.sameAs(service);
  const found = before && behind(base, before, undefined);
  return (
    found !== undefined &&
    'workloads' in found &&
    running.every(({ called }) => found.workloads.some((one) => one.called === called))
  );
}
