import { flowsOf } from '../../rendering/network';
import { addressesOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { type Finding, finding, type Rule } from '../rule';

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
      const before = workloadsOf(base).find(({ called }) => called === workload.called);
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

function publicHosts(rendering: Rendering): string[] {
  return [
    ...rendering
      .ofKind('Ingress')
      .flatMap(({ spec }) =>
        ((spec?.rules ?? []) as { host?: string }[]).flatMap(({ host }) => host ?? []),
      ),
    ...rendering.ofKind('HTTPRoute').flatMap(({ spec }) => (spec?.hostnames ?? []) as string[]),
  ];
}
