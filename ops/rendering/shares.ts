import { COLOURS } from '../../lib/labels';
import type { Manifest } from '../../lib/manifests';
import { exact, type HttpRule } from '../../lib/kubernetes/routes';
import { isPreview } from '../../lib/preview-header';
import type { Difference } from './differences';
import { appOf, isFixed, type Rendering } from './rendering';

/** One backend of a rule. */
interface Backend {
  readonly name?: string;
  readonly port?: number;
  readonly weight?: number;
  readonly filters?: readonly unknown[];
}

/** A rule of an HTTPRoute that shares requests, with a colour of a pair among its backends. */
export interface SharedRule {
  readonly route: Manifest;
  /** Of the rule in its route, from 0. */
  readonly index: number;
  readonly app: string;
  readonly backends: readonly Backend[];
}

/** All rules that share requests; one with a single backend shares none. */
export function sharedRules(rendering: Rendering): SharedRule[] {
  return rendering.ofKind('HTTPRoute').flatMap((route) =>
    ((route.spec?.rules ?? []) as readonly HttpRule[]).flatMap(
      ({ backendRefs = [] }, index): SharedRule[] => {
        const backends: readonly Backend[] = backendRefs;
        if (backends.length < 2) return [];
        const app = backends
          .map(({ name }) => colourService(rendering, route, name))
          .flatMap((service) => (service && appOf(service)) ?? [])[0];
        return app === undefined ? [] : [{ route, index, app, backends }];
      },
    ),
  );
}

/** The Service of one colour, of the namespace of a route. */
function colourService(
  rendering: Rendering,
  { metadata: { namespace } }: Manifest,
  name: string | undefined,
): Manifest | undefined {
  const found = rendering
    .ofKind('Service')
    .find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  return found !== undefined &&
    isFixed(found) &&
    COLOURS.some((colour) => name === `${appOf(found)}-${colour}`)
    ? found
    : undefined;
}

/**
 * Whether a difference is what a release moves in a route: a weight of a rule that shares requests, or the colour to which
 * testers are led.
 */
export function movesShares({ object, path, after }: Difference, next: Rendering): boolean {
  const [spec, rules, index, backendRefs, , field] = path;
  const isBackend = spec === 'spec' && rules === 'rules' && backendRefs === 'backendRefs';
  if (object.kind !== 'HTTPRoute' || !isBackend || path.length !== 6) return false;
  if (field === 'weight')
    return sharedRules(next).some((rule) => rule.route === object && String(rule.index) === index);
  const { matches = [] } = (object.spec?.rules as readonly HttpRule[])[Number(index)] ?? {};
  return (
    field === 'name' &&
    matches.length > 0 &&
    matches.every(({ headers = [] }) => isPreview({ headers: exact(headers) })) &&
    colourService(next, object, String(after)) !== undefined
  );
}

/** Percent of the requests that a colour gets by the rules that share them: the most, where they differ. */
export function shareOf(rendering: Rendering, app: string, colour: string): number | undefined {
  const weights = sharedRules(rendering)
    .filter((rule) => rule.app === app)
    .flatMap(({ backends }) => backends)
    .filter(({ name }) => name === `${app}-${colour}`)
    .map(({ weight = 1 }) => weight);
  return weights.length === 0 ? undefined : Math.max(...weights);
}
