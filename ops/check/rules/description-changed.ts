import { OWN_LABELS } from '../../../environments/layout';
import { NOT_CREDENTIALS_ANNOTATION } from '../../../lib/config-credentials';
import { PLACEHOLDER_ANNOTATION } from '../../../lib/placeholder';
import {
  IMAGE_FROM_ANNOTATION,
  RELEASE_ANNOTATION,
  ROLLED_BACK_ANNOTATION,
  SKIPPED_ORDER_ANNOTATION,
} from '../../../lib/release-annotations';
import { WAVE_ANNOTATION } from '../../../lib/wave-plan';
import type { Rendering } from '../../rendering/rendering';
import { type LabelSelector, labelsOf } from '../../../lib/kubernetes/selection';
import { isColour } from '../bundle';
import { finding, type Rule } from '../rule';
import { isDescriptive } from '../descriptive';

/** Labels by which operators and clusters choose, whatever selects here. */
const CHOSEN_BY =
  /^(app|version|release|grafana_dashboard|prometheus|role|app\.kubernetes\.io\/(name|instance|component))$/;

/** What is said of objects for people changes freely. */
export const descriptionChanged: Rule = {
  name: 'description-changed',
  protects:
    'The labels by which seda finds what runs stay. Those that nobody selects by, and annotations that only people read, change freely.',
  refuse: ({ differences }) =>
    differences
      .filter(
        ({ path, before }) =>
          before !== undefined && path[1] === 'labels' && OWN_LABELS[path[2]!] === before,
      )
      .map(({ object, path, before }) =>
        finding(
          object,
          `${path[2]} is no longer ${String(before)}: seda deploy and seda doctor would not find it`,
          'keep the label',
        ),
      ),
  permit: ({ object, path, change, before }, { base, next }) => {
    if (change !== 'changed' || path[0] !== 'metadata') return false;
    const key = path[2];
    if (key === undefined) return false;
    if (path[1] === 'annotations')
      return (
        key === WAVE_ANNOTATION ||
        key === PLACEHOLDER_ANNOTATION ||
        (key === NOT_CREDENTIALS_ANNOTATION && object.kind === 'Secret') ||
        (key === RELEASE_ANNOTATION && !isColour(object)) ||
        // Where it was not said before, it is not taken away.
        ([IMAGE_FROM_ANNOTATION, ROLLED_BACK_ANNOTATION].includes(key) && before === undefined) ||
        ([ROLLED_BACK_ANNOTATION, SKIPPED_ORDER_ANNOTATION].includes(key) && !isColour(object)) ||
        isDescriptive(key)
      );
    if (path[1] !== 'labels') return false;
    return (
      isDescriptive(key) &&
      !CHOSEN_BY.test(key) &&
      ![base, next].some((rendering) => selectsBy(rendering, key))
    );
  },
};

function selectsBy({ objects }: Rendering, label: string): boolean {
  return objects.some(({ spec, kind }) => {
    if (spec === undefined || spec === null) return false;
    const selectors = [spec.selector, spec.podSelector, spec.namespaceSelector] as LabelSelector[];
    const direct = kind === 'Service' ? Object.keys((spec.selector ?? {}) as object) : [];
    return (
      direct.includes(label) || selectors.some((selector) => labelsOf(selector).includes(label))
    );
  });
}
