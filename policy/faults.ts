import type { Manifest } from '../lib/manifests';
import { argocdRules } from './argocd';
import { waveRules } from './argocd-waves';
import { calledOf } from '../lib/kubernetes/identity';
import type { Rule } from './check';
import { rules } from './rules';
import { schemaFaults } from '../ops/check/schema';
import type { Subject } from './subject';
import { checks } from './table';
import { covers, waivers } from './waivers';

/** What is wrong in an environment and accepted by no waiver, one line each: by the table, the rules and the schemas. */
export function policyFaults({ environment, objects }: Subject): string[] {
  const found = checks.flatMap(({ row, name, check }) =>
    check(objects)
      .filter((finding) => !waivers.some((waiver) => covers(waiver, row, environment, finding)))
      .map(({ object, problem }) => `${name}: ${object} ${problem}`),
  );
  return [
    ...found,
    ...ruleFaults(rules, objects),
    ...objects.flatMap((object) =>
      schemaFaults(object).map((fault) => `schema: ${calledOf(object)}: ${fault}`),
    ),
    ...objects.flatMap((object) => driftFaults(object, calledOf(object))),
  ];
}

/** What is wrong with the resources of Argo CD and with the order of all that it would apply, one line each. */
export function argocdFaults(objects: readonly Manifest[]): string[] {
  return ruleFaults([...argocdRules, ...waveRules], objects);
}

function ruleFaults(of: readonly Rule[], objects: readonly Manifest[]): string[] {
  return of.flatMap(({ name, check }) =>
    check(objects).map(({ object, problem }) => `${name}: ${object} ${problem}`),
  );
}

/** Empty lists, and fields that the API server takes and never gives back: each apply would find them different. */
export function driftFaults(value: unknown, path: string): string[] {
  if (Array.isArray(value) && value.length === 0)
    return [`${path} is empty, and the API server drops it`];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'stringData'
      ? [`${path}.${key} is never given back by the API server`]
      : driftFaults(entry, `${path}.${key}`),
  );
}
