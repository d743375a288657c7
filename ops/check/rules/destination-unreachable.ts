import { listOf } from '../../../lib/kubernetes/pods';
import { flowsOf } from '../../rendering/network';
import { addressesOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { sameIn, selectedBy, type Workload, workloadsOf } from '../../rendering/workloads';
import { type Finding, finding, type Rule } from '../rule';
import { publicHosts } from '../../rendering/routes';

/** What the settings of pods name is allowed by the policies that select them. */
export const destinationUnreachable: Rule = {
  name: 'destination-unreachable',
  protects: 'What the settings of pods name is a destination that their policies let them reach.',
  refuse: ({ base, next, differences }) => {
    const touched = new Set(differences.map(({ object }) => object));
    const hosts = new Set(publicHosts(next));
    return workloadsOf(next).flatMap((workload): Finding[] => {
      if (workload.pods === 0 || workload.object.kind === 'Job') return [];
      const flows = flowsOf(next, workload, 'Egress');
      const before = sameIn(base, workload);
      const old = before
        ? addressesOf(base, before).map(({ host, port }) => `${host}:${port}`)
        : [];
      return addressesOf(next, workload)
        .filter(({ host, variable }) => !hosts.has(host) && !/^PUBLIC_/.test(variable))
        .filter(
          ({ host, port }) =>
            !podPorts(next, workload, host, port).some((one) =>
              flows.some((flow) => flow.port === 'any' || flow.port === one),
            ) &&
            (touched.has(workload.object) || !old.includes(`${host}:${port}`)),
        )
        .map(({ variable, port }) =>
          finding(
            workload.object,
            `${variable} names port ${port}, and no policy lets its pods reach that`,
            'let the policy follow the setting',
          ),
        );
    });
  },
};

/** The ports by which policies know a destination: those of the pods behind a Service that is rendered here, or its own. */
function podPorts(
  rendering: Rendering,
  { namespace }: Workload,
  host: string,
  port: number,
): string[] {
  const [name, within = namespace] = host.split('.');
  const service = rendering
    .ofKind('Service')
    .find(({ metadata }) => metadata.name === name && metadata.namespace === within);
  const ports = (service?.spec?.ports ?? []) as readonly {
    port: number;
    targetPort?: number | string;
  }[];
  const target = ports.find((one) => one.port === port)?.targetPort;
  if (service === undefined || target === undefined) return [String(port)];
  if (/^\d+$/.test(String(target))) return [String(target)];
  return selectedBy(rendering, service)
    .flatMap(({ pod }) => listOf(pod.containers).flatMap(({ ports: own }) => listOf(own)))
    .filter((one) => one.name === target)
    .map(({ containerPort }) => String(containerPort));
}
