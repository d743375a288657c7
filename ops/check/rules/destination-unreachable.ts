import { flowsOf } from '../../rendering/network';
import { addressesOf } from '../../rendering/reads';
import { sameIn, workloadsOf } from '../../rendering/workloads';
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
            !flows.some((flow) => flow.port === 'any' || flow.port === String(port)) &&
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
