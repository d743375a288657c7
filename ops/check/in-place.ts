import type { Manifest } from '../../lib/manifests';
import { type Rendering, type Slot, templateOf } from '../rendering/rendering';
import { type Refusal, refusal } from './refusal';

/** Frozen while serving. */
export function inPlaceRefusals(environment: string, from: Slot, to: Slot): Refusal[] {
  if (templateOf(from.deployment) === templateOf(to.deployment)) return [];
  const remedy = `stage it in the other colour and promote it, or allow it: --allow-in-place ${environment}`;
  return [
    refusal(
      'in-place change',
      to.deployment,
      'it serves, and its pods would be replaced under the traffic',
      remedy,
    ),
  ];
}

/** Fields that the API server refuses to change under one name. */
export function immutableRefusals(base: Rendering, next: Rendering): Refusal[] {
  const fields: readonly [string, (object: Manifest) => unknown][] = [
    ['Deployment', ({ spec }) => spec?.selector],
    ['StatefulSet', ({ spec }) => spec?.selector],
    ['Job', ({ spec }) => spec?.template],
    ['Service', ({ spec }) => spec?.clusterIP],
    ['ConfigMap', ({ immutable, data }) => (immutable ? data : undefined)],
  ];
  return fields.flatMap(([kind, field]) =>
    next.ofKind(kind).flatMap((object) => {
      const old = base.get(kind, object.metadata.name);
      if (
        !old ||
        field(old) === undefined ||
        JSON.stringify(field(old)) === JSON.stringify(field(object))
      )
        return [];
      return [
        refusal(
          'immutable field',
          object,
          'a field that Kubernetes never lets change is another one under the same name',
          'give the object a new name, or leave the field',
        ),
      ];
    }),
  );
}
