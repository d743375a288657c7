import { addressesOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import type { Workload } from '../../rendering/workloads';
import { finding, type Rule } from '../rule';
import { publicHosts } from '../../rendering/routes';

/** The links that pods write lead back to them. */
export const publicUrlLost: Rule = {
  name: 'public-url-lost',
  protects: 'The address that the serving pods give to users is a host that leads to them.',
  refuse: ({ base, next, serving }) => {
    const hosts = publicHosts(next);
    if (hosts.length === 0) return [];
    const given = (rendering: Rendering, workload: Workload) =>
      addressesOf(rendering, workload).filter(({ variable }) => /^PUBLIC_/.test(variable));
    const before = [...serving.base.values()].flatMap((workload) => given(base, workload));
    return [...serving.next.values()].flatMap((workload) =>
      given(next, workload)
        .filter(({ host }) => !hosts.includes(host))
        // Where it never led to them, it leads elsewhere on purpose.
        .filter(({ variable }) =>
          before.some((one) => one.variable === variable && publicHosts(base).includes(one.host)),
        )
        .map(({ variable, host }) =>
          finding(
            workload.object,
            `${variable} gives users ${host}, and no rule of an Ingress or route is about that host`,
            'add the host to the entry point before the colour serves that names it',
          ),
        ),
    );
  },
};
