import type { Manifest } from '../../../lib/manifests';
import { WAVE_ANNOTATION } from '../../../lib/wave-plan';
import { canonicalText } from '../../rendering/canonical';
import type { Difference } from '../../rendering/differences';
import { selectedBy, workloadsOf } from '../../rendering/workloads';
import { servesNobody } from '../bundle';
import { isDescriptive } from '../descriptive';
import { finding, type Rule, type Step } from '../rule';

/** A Service is what clients, probes and gates know; it goes on meaning the same. */
export const serviceChanged: Rule = {
  name: 'service-changed',
  protects:
    'A Service keeps its ports, its type and whom it selects; only the switch and the preview of a pair move between the colours. A port may be added.',
  refuse: (step) =>
    step.differences
      .filter((difference) => isServiceField(difference) && !isHarmless(difference, step))
      .map(({ object, path, before, after, change }) => {
        if (change === 'added')
          return finding(
            object,
            acting(object).length > 0
              ? `it says ${acting(object).join(', ')}, by which something outside of the namespace acts`
              : 'it opens pods that run to clients outside of the cluster',
            'lead to its pods through an Ingress or a Gateway',
          );
        if (change === 'removed')
          return finding(
            object,
            'it is gone, and what clients, gates or monitoring found through it',
            'keep the Service that others find them by',
          );
        return finding(
          object,
          `${path.slice(1).join('.')} changes from ${canonicalText(before) || 'nothing'} to ${canonicalText(after) || 'nothing'}`,
          'add a Service beside it, and take this one away when nobody uses it',
        );
      }),
  permit: (difference, step) => isServiceField(difference) && isHarmless(difference, step),
};

function isServiceField({ object, path, change }: Difference): boolean {
  return object.kind === 'Service' && (change !== 'changed' || path[0] === 'spec');
}

function isHarmless({ object, path, before, after, change }: Difference, step: Step): boolean {
  const { base, next } = step;
  if (change === 'added') {
    const { type = 'ClusterIP', externalIPs } = object.spec ?? {};
    const isInside = ['ClusterIP', 'ExternalName'].includes(type) && externalIPs === undefined;
    if (acting(object).length > 0 && base.objects.length > 0) return false;
    return isInside || base.objects.length === 0 || selectedBy(base, object).length === 0;
  }
  if (change === 'removed') {
    const selected = selectedBy(base, object).map(({ called }) => called);
    return (
      object.spec?.selector !== undefined &&
      // What it led to is gone with it, which another rule judges.
      !workloadsOf(next).some(({ called }) => selected.includes(called))
    );
  }
  const field = path[1];
  if (field === 'selector') {
    // Between the colours of a pair it may move; who takes the traffic is judged by other rules.
    const moved = path.length === 3 && path[2] === 'version' && canMove(object, step);
    return moved || (servesNobody(step) && selectedBy(next, object).length > 0);
  }
  if (field === 'ports') {
    const old = (base.sameAs(object)?.spec?.ports ?? []) as unknown[];
    const now = (object.spec?.ports ?? []) as unknown[];
    const texts = now.map(canonicalText);
    const ports = now as { name?: string; port?: number; protocol?: string }[];
    const distinct = (key: (port: (typeof ports)[number]) => unknown) =>
      new Set(ports.map(key)).size === ports.length;
    if (ports.some(({ name }) => name === undefined)) return false;
    if (
      !distinct(({ name }) => name) ||
      !distinct(({ port, protocol = 'TCP' }) => `${port} ${protocol}`)
    )
      return false;
    return old.length < now.length && old.every((port) => texts.includes(canonicalText(port)));
  }
  return before === undefined && after === undefined;
}

/** Annotations by which a cloud or external-dns acts, and no person reads. */
function acting({ metadata }: Manifest): string[] {
  return Object.keys(metadata.annotations ?? {}).filter(
    (key) => !isDescriptive(key) && key !== WAVE_ANNOTATION,
  );
}

/** The switch and the preview move; the Services of one colour and of all pods never do. */
function canMove(object: Step['base']['objects'][number], { base, next }: Step): boolean {
  return [base, next].every((rendering) =>
    [...rendering.switches(), ...rendering.previews()].includes(rendering.sameAs(object)!),
  );
}
