import type { Manifest } from '../../../lib/manifests';
import type { HttpRule } from '../../../lib/kubernetes/routes';
import { canonicalText } from '../../rendering/canonical';
import { servesNobody } from '../bundle';
import { finding, type Rule } from '../rule';

/** A proxy may call the backends of a rule by its place: Envoy Gateway #9029. */
export const routeRulesMoved: Rule = {
  name: 'route-rules-moved',
  protects:
    'The rules of an HTTPRoute keep their place, what they match and their filters: a rule that is put in front of others, or taken away there, drops requests for a moment. At the end one may come and go.',
  refuse: (step) =>
    servesNobody(step)
      ? []
      : step.next.ofKind('HTTPRoute').flatMap((route) => {
          const former = step.base.sameAs(route);
          if (former === undefined || former === route) return [];
          const [before, after] = [former, route].map(keysOf) as [string[], string[]];
          const kept = Math.min(before.length, after.length);
          const moved = before.slice(0, kept).findIndex((key, index) => key !== after[index]);
          return moved < 0
            ? []
            : [
                finding(
                  route,
                  `its rule ${moved} matches something else than before`,
                  'leave the rules in their order, and add one at the end',
                ),
              ];
        }),
};

/** What decides which requests a rule takes, and what it does to them, rule by rule. */
function keysOf({ spec }: Manifest): string[] {
  return ((spec?.rules ?? []) as readonly HttpRule[]).map(({ matches, filters }) =>
    canonicalText([matches ?? [], filters ?? []]),
  );
}
